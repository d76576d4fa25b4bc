package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Equal members requested and not yet granted.
 *
 * @param key the role, unique within the gang
 * @param size what one member takes, at least one GPU
 * @param count members, at least 1
 * @param partition node label the members must run under; empty is the default partition
 * @param locality where the members insist to run
 */
public record Ask(AskKey key, Resources size, int count, String partition, Locality locality) {
  public Ask {
    checkArgument(count >= 1, "ask %s counts %s members", key, count);
    checkArgument(size.gpus() >= 1, "ask %s has no GPU: it belongs to the stock path", key);
  }

  public Ask withCount(int newCount) {
    return new Ask(key, size, newCount, partition, locality);
  }

  public boolean allows(Node node) {
    return partition.equals(node.partition()) && locality.allows(node);
  }
}
