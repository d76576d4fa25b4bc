package org.yarngpu.nm;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/** Counts, and keeps the last sample, for JMX. */
final class NodeFigures implements GpuExecutorMXBean {
  final AtomicLong startsRefused = new AtomicLong();
  final AtomicLong overlapsSeen = new AtomicLong();
  final AtomicLong containersWithStragglers = new AtomicLong();
  final AtomicLong samplesFailed = new AtomicLong();
  private volatile ImmutableSortedMap<String, DeviceClaim> claims = ImmutableSortedMap.of();
  private volatile ImmutableList<ContainerUse> uses = ImmutableList.of();

  void held(ImmutableSortedMap<String, DeviceClaim> byContainer) {
    claims = byContainer;
  }

  /** A sample takes the place of the last one; one that failed has no uses. */
  void sampled(ImmutableList<ContainerUse> sample) {
    uses = sample;
  }

  @Override
  public long getStartsRefused() {
    return startsRefused.get();
  }

  @Override
  public long getOverlapsSeen() {
    return overlapsSeen.get();
  }

  @Override
  public long getContainersWithStragglers() {
    return containersWithStragglers.get();
  }

  @Override
  public long getSamplesFailed() {
    return samplesFailed.get();
  }

  @Override
  public Map<String, String> getDevices() {
    Map<String, String> devices = new TreeMap<>();
    claims.forEach(
        (container, claim) -> {
          if (!claim.devices().isEmpty()) {
            devices.put(container, Joiner.on(',').join(claim.devices()));
          }
        });
    return devices;
  }

  @Override
  public Map<String, Long> getUtilizationPercent() {
    Map<String, Long> percents = new TreeMap<>();
    uses.forEach(use -> use.percent().ifPresent(value -> percents.put(use.container(), value)));
    return percents;
  }

  @Override
  public Map<String, Long> getMemoryMib() {
    Map<String, Long> memory = new TreeMap<>();
    uses.forEach(use -> use.usedMib().ifPresent(value -> memory.put(use.container(), value)));
    return memory;
  }
}
