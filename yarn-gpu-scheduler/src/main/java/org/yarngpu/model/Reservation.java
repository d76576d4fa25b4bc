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

  /** GPUs that are held on paper but still in use: how far the gang is from its start. */
  public int missingGpus(ClusterSnapshot snapshot) {
    int missing = 0;
    for (var hold : held.entrySet()) {
      Node node = snapshot.node(hold.getKey());
      int free = node == null ? 0 : node.free().gpus();
      missing += Math.max(0, hold.getValue().gpus() - free);
    }
    return missing;
  }

  public int gpus() {
    return held.values().stream().mapToInt(Resources::gpus).sum();
  }
}
