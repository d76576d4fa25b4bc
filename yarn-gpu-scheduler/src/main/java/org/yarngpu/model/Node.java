package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * A machine with GPUs, at the instant of a snapshot.
 *
 * @param id the NodeManager
 * @param host host name, as asks and blacklists name it
 * @param rack network location; gangs prefer to stay within one
 * @param partition node label; empty is the default partition
 * @param model of all its GPUs, {@linkplain GpuModels#normalised normalised}; empty if unknown
 * @param total what it has
 * @param free what no container holds, within {@code total}
 * @param open whether it takes members now: running, and not reserved by the stock path
 */
public record Node(
    NodeId id,
    String host,
    String rack,
    String partition,
    String model,
    Resources total,
    Resources free,
    boolean open) {

  /** One whose GPUs are of an unknown model. */
  public Node(
      NodeId id,
      String host,
      String rack,
      String partition,
      Resources total,
      Resources free,
      boolean open) {
    this(id, host, rack, partition, GpuModels.UNKNOWN, total, free, open);
  }

  public Node {
    checkArgument(
        free.fitsIn(total), "free (%s) of node %s must lie within its total %s", free, id, total);
  }
}
