package org.yarngpu.sim.policy;

/**
 * Decides who runs where. One object serves one run; it is told of every change, and a decision
 * depends on nothing but these and the view.
 */
public interface Policy {

  /** How often it decides: at multiples of this, milliseconds; 0 is after every change. */
  default long periodMs() {
    return 0;
  }

  /**
   * A policy that decides after every change does so, while jobs wait, also at multiples of this,
   * milliseconds; 0 is not.
   */
  default long tickMs() {
    return 0;
  }

  /** The job asks for its GPUs: it has arrived, or lost them. */
  void waits(ActiveJob job);

  /** A replica that waits asks no longer. */
  default void withdrawn(ActiveJob replica) {
    throw new UnsupportedOperationException("this policy serves no replicas");
  }

  /** The job holds the GPUs that the last decision gave it. */
  void started(ActiveJob job);

  /** The job is done; its {@link ActiveJob#attainedMs()} is final. */
  default void ended(ActiveJob job) {}

  /** Whether a job waits. */
  boolean anyWaits();

  Decision decide(View view);
}
