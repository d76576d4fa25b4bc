package org.yarngpu.appmaster;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Collection;
import org.yarngpu.job.DeviceTag;

/** The devices that the scheduler gave to a container, as the variables that CUDA reads. */
public final class DeviceEnvironment {

  private DeviceEnvironment() {}

  /**
   * Returns the variables for a container with these allocation tags; none where the scheduler
   * named no device, so that a node's own isolation stays in charge.
   */
  public static ImmutableMap<String, String> of(Collection<String> allocationTags) {
    ImmutableSortedSet<Integer> indexes = DeviceTag.indexes(allocationTags);
    if (indexes.isEmpty()) {
      return ImmutableMap.of();
    }
    String devices = Joiner.on(',').join(indexes);
    return ImmutableMap.of(
        "CUDA_DEVICE_ORDER", "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES", devices,
        "NVIDIA_VISIBLE_DEVICES", devices);
  }
}
