package org.yarngpu.sim.replay;

/**
 * One decision of a cycle that is another one now.
 *
 * @param kind what about it is other
 * @param subject the gang; for {@link Kind#RESERVATION} the gang that holds now, or else that held
 * @param queue of the gang; empty where the gang does not wait in the snapshot
 * @param before what was decided
 * @param now what would be decided
 */
public record Change(Kind kind, String subject, String queue, String before, String now) {

  /** What is other. */
  public enum Kind {
    /** The gang waited and would start. */
    STARTS,
    /** The gang started and would wait. */
    WAITS,
    /** The gang started or waited and would be refused for good. */
    REFUSED,
    /** The gang would start too, but with other members or nodes. */
    MOVES,
    /** The gang waits for another reason. */
    REASON,
    /** The gang waits for the same reason with other numbers. */
    DETAIL,
    /** Other GPUs are held, or for another gang. */
    RESERVATION,
    /** Other gangs are evicted for the gang. */
    EVICTION,
    /** The placements are the same in another order. */
    ORDER,
    /** Planning fails, or makes a plan that breaks laws. */
    FAILS
  }
}
