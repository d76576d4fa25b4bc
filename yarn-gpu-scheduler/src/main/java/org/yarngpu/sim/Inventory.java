package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;

/**
 * The nodes of a simulated cluster.
 *
 * @param nodes in the order of their names
 */
public record Inventory(ImmutableList<NodeSpec> nodes) {
  public Inventory {
    checkArgument(!nodes.isEmpty(), "a cluster needs a node");
  }

  /** Equal nodes in one rack, of a model that does not matter. */
  public static Inventory uniform(int nodes, int gpusPerNode) {
    return new Inventory(InventorySpec.nodes("", nodes, gpusPerNode, 1, nodes));
  }

  /** Installed devices, of all models. */
  public int gpus() {
    return nodes.stream().mapToInt(NodeSpec::gpus).sum();
  }

  /** The model that jobs without a wish run on: that of the first node. */
  public String commonModel() {
    return nodes.get(0).gpuModel();
  }
}
