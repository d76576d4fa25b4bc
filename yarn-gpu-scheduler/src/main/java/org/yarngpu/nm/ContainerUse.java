package org.yarngpu.nm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSetMultimap;
import java.util.Collection;
import java.util.OptionalLong;

/**
 * How a container used its devices at one instant.
 *
 * @param percent mean over its devices of how busy each was, by whomever, in [0, 100]; empty if
 *     unknown of any
 * @param usedMib memory of its processes on devices; where the driver tells of none of them and it
 *     holds its devices alone, what is used of these; empty if unknown
 */
record ContainerUse(String container, OptionalLong percent, OptionalLong usedMib) {

  /** Distributes a reading over those who hold devices. */
  static ImmutableList<ContainerUse> of(
      NvidiaSmi.Reading reading,
      Collection<DeviceClaim> claims,
      ImmutableSetMultimap<String, Long> pids) {
    ImmutableMap<Integer, NvidiaSmi.Device> devices =
        reading.devices().stream()
            .collect(ImmutableMap.toImmutableMap(NvidiaSmi.Device::index, device -> device));
    ImmutableList.Builder<ContainerUse> uses = ImmutableList.builder();
    for (DeviceClaim claim : claims) {
      if (claim.devices().isEmpty() || !devices.keySet().containsAll(claim.devices())) {
        continue;
      }
      ImmutableList<NvidiaSmi.Device> own =
          claim.devices().stream().map(devices::get).collect(ImmutableList.toImmutableList());
      OptionalLong busy = sum(own.stream().map(NvidiaSmi.Device::percent).toList());
      ImmutableList<NvidiaSmi.OnDevice> processes =
          reading.processes().stream()
              .filter(process -> pids.containsEntry(claim.container(), process.pid()))
              .collect(ImmutableList.toImmutableList());
      OptionalLong memory;
      if (!processes.isEmpty()) {
        memory = sum(processes.stream().map(NvidiaSmi.OnDevice::usedMib).toList());
      } else if (claim.sharePercent() == 100) {
        memory = sum(own.stream().map(NvidiaSmi.Device::usedMib).toList());
      } else {
        memory = OptionalLong.empty();
      }
      uses.add(
          new ContainerUse(
              claim.container(),
              busy.isPresent() ? OptionalLong.of(busy.getAsLong() / own.size()) : busy,
              memory));
    }
    return uses.build();
  }

  /** The sum, or nothing if any is unknown. */
  private static OptionalLong sum(Collection<OptionalLong> values) {
    long sum = 0;
    for (OptionalLong value : values) {
      if (value.isEmpty()) {
        return OptionalLong.empty();
      }
      sum += value.getAsLong();
    }
    return OptionalLong.of(sum);
  }
}
