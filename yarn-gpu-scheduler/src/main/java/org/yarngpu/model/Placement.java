package org.yarngpu.model;

import com.google.common.collect.ImmutableList;

/**
 * Members of one gang that are to start together, whole or not at all.
 *
 * @param gang whose
 * @param partition of the reservation that it may use
 * @param members one entry each
 */
public record Placement(GangId gang, String partition, ImmutableList<Member> members) {

  /**
   * One member on one node.
   *
   * @param key its ask
   * @param size what it takes
   * @param node where
   */
  public record Member(AskKey key, Resources size, NodeId node) {}

  public Resources size() {
    return members.stream().map(Member::size).reduce(Resources.NONE, Resources::plus);
  }
}
