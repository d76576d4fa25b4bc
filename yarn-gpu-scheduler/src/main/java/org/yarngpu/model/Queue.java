package org.yarngpu.model;

import com.google.common.collect.ImmutableMap;

/**
 * A queue of the scheduler's tree, leaf or parent.
 *
 * @param path full path from root
 * @param parent path of the parent; empty for root
 * @param priority queue priority where the parent serves its children by it, else 0
 * @param shares by partition; a missing partition is a share of nothing
 */
public record Queue(String path, String parent, int priority, ImmutableMap<String, Share> shares) {

  /**
   * What a queue is guaranteed and holds in one partition.
   *
   * @param guaranteed effective minimum capacity
   * @param maximum effective maximum capacity
   * @param used in use by all its applications
   */
  public record Share(Resources guaranteed, Resources maximum, Resources used) {
    public static final Share NOTHING = new Share(Resources.NONE, Resources.NONE, Resources.NONE);
  }

  public Share share(String partition) {
    return shares.getOrDefault(partition, Share.NOTHING);
  }
}
