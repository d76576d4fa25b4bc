package org.yarngpu.nm;

import java.util.Map;

/** What the executor of a node has seen, at {@code /jmx} of its NodeManager. */
public interface GpuExecutorMXBean {

  /** Containers that were not started, since another held a device of theirs. */
  long getStartsRefused();

  /**
   * How often more than 100 % of a device was found to be held; looked at with each start and each
   * sample.
   */
  long getOverlapsSeen();

  /** Containers whose first process left others behind, which were ended. */
  long getContainersWithStragglers();

  /** Readings of the devices that failed. */
  long getSamplesFailed();

  /** Devices by the id of the container that holds them. */
  Map<String, String> getDevices();

  /** How busy a container's devices are, in percent, by its id; absent if unknown. */
  Map<String, Long> getUtilizationPercent();

  /** Memory in MiB that a container uses on devices, by its id; absent if unknown. */
  Map<String, Long> getMemoryMib();
}
