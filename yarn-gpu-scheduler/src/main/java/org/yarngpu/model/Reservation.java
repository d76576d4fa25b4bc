package org.yarngpu.model;

import com.google.common.collect.ImmutableSortedMap;

/**
 * Resources held, as they become free, for a gang that does not fit yet.
 *
 * @param gang whose
 * @param partition the partition whose first waiter the gang is; one reservation each
 * @param held by node; others may use only what is free beyond it
 */
public record Reservation(
    GangId gang, String partition, ImmutableSortedMap<NodeId, Resources> held) {

  public Resources heldOn(NodeId node) {
    return held.getOrDefault(node, Resources.NONE);
  }

  /**
   * GPUs that are held on paper but still in use, or short of memory or vcores: how far the gang is
   * from its start.
   */
  public int missingGpus(ClusterSnapshot snapshot) {
    int missing = 0;
    for (var hold : held.entrySet()) {
      Node node = snapshot.node(hold.getKey());
      int usable = node == null ? 0 : hold.getValue().gpusUsableIn(node.free());
      missing += hold.getValue().gpus() - usable;
    }
    return missing;
  }

  public int gpus() {
    return held.values().stream().mapToInt(Resources::gpus).sum();
  }
}
