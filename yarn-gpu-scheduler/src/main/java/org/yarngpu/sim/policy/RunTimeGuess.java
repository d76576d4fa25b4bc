package org.yarngpu.sim.policy;

/** What a backfilling scheduler believes about run times. */
interface RunTimeGuess {

  /** The job asks for its GPUs, for the first time or again. */
  default void submitted(ActiveJob job) {}

  /** How long the job will hold its GPUs from now on, milliseconds, above 0. */
  long remainingMs(ActiveJob job);

  /** How long it may hold them if it is to overtake a job that waits, milliseconds, above 0. */
  default long backfillMs(ActiveJob job) {
    return remainingMs(job);
  }

  default void learn(ActiveJob ended) {}
}
