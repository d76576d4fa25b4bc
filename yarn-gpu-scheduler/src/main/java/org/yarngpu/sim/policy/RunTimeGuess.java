package org.yarngpu.sim.policy;

/** What a backfilling scheduler believes about run times. */
interface RunTimeGuess {

  /** How long the job will hold its GPUs from now on, milliseconds, above 0. */
  long remainingMs(ActiveJob job);

  default void learn(ActiveJob ended) {}
}
