package org.yarngpu.sim.policy;

/** What really happens; only oracles may ask, so that a table shows how far the others are off. */
public interface GroundTruth {

  /** How long the job will run without disturbance from its first start on, milliseconds. */
  long runMs(ActiveJob job);

  /** How long the job still holds its GPUs if it runs now and nothing disturbs it. */
  long remainingMs(ActiveJob job);
}
