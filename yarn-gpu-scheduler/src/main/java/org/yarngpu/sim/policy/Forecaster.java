package org.yarngpu.sim.policy;

import org.yarngpu.model.Forecast;

/** What is believed of a job's run time. */
interface Forecaster {

  /** Of a job that waits or runs. */
  Forecast of(ActiveJob job);

  /** The job is done. */
  default void learn(ActiveJob ended) {}
}
