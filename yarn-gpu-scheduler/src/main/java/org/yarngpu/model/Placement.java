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
   * @param lent whether the GPUs are another queue's, which has no use for them now
   */
  public record Member(AskKey key, Resources size, NodeId node, boolean lent) {

    /** One on GPUs of its own queue. */
    public Member(AskKey key, Resources size, NodeId node) {
      this(key, size, node, false);
    }

    /** The same on lent GPUs. */
    public Member onLoan() {
      return new Member(key, size, node, true);
    }
  }

  /** The same on lent GPUs. */
  public Placement onLoan() {
    return new Placement(
        gang,
        partition,
        members.stream().map(Member::onLoan).collect(ImmutableList.toImmutableList()));
  }

  public Resources size() {
    return members.stream().map(Member::size).reduce(Resources.NONE, Resources::plus);
  }
}
