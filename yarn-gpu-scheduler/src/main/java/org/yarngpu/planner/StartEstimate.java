package org.yarngpu.planner;

/**
 * When a waiting gang would start if nobody came any more. No promise: it moves with whoever comes
 * or ends.
 *
 * @param startMs epoch milliseconds
 * @param bound what that is
 */
public record StartEstimate(long startMs, Bound bound) {

  /** What is known of the start. */
  public enum Bound {
    /** Its turn in the present order. */
    ABOUT,
    /** Its turn comes later, unless it fits between those before it. */
    NOT_BEFORE
  }
}
