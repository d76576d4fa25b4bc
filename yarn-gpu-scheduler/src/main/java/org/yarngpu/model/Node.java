package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * A machine with GPUs, at the instant of a snapshot.
 *
 * @param id the NodeManager
 * @param host host name, as asks and blacklists name it
 * @param rack network location; gangs prefer to stay within one
 * @param partition node label; empty is the default partition
 * @param total what it has
 * @param free what no container holds, within {@code total}
 * @param open whether it takes members now: running, and not reserved by the stock path
 */
public record Node(
    NodeId id,
    String host,
    String rack,
    String partition,
    Resources total,
    Resources free,
    boolean open) {
  public Node {
    checkArgument(
        free.fitsIn(total), "free (%s) of node %s must lie within its total %s", free, id, total);
  }
}
