package org.yarngpu.job;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Collection;

/** The devices that the scheduler gave to a container, as the variables that CUDA reads. */
public final class DeviceEnvironment {

  /** For a container without a GPU: CUDA and NVIDIA's container runtime show it no device. */
  public static final ImmutableMap<String, String> NONE =
      ImmutableMap.of("CUDA_VISIBLE_DEVICES", "-1", "NVIDIA_VISIBLE_DEVICES", "void");

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
