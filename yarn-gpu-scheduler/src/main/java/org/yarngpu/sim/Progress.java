package org.yarngpu.sim;

/** Is told from time to time how far a run is. Called often; must be cheap. */
public interface Progress {
  /** Nobody watches. */
  Progress NONE = (finished, jobs, nowMs) -> {};

  /**
   * Called after each event.
   *
   * @param finished jobs that have ended
   * @param jobs in all
   * @param nowMs virtual time since the start of the trace
   */
  void at(int finished, int jobs, long nowMs);

  /**
   * Called at most once, if a run ends although jobs are left that could run.
   *
   * @param why for people, without a full stop
   */
  default void stopped(String why) {}
}
