package org.yarngpu.sim.policy;

import org.yarngpu.model.Forecast;

/** Forecasts that come true. */
final class PerfectForecaster implements Forecaster {
  private final GroundTruth truth;

  PerfectForecaster(GroundTruth truth) {
    this.truth = truth;
  }

  @Override
  public Forecast of(ActiveJob job) {
    long remainingMs = Math.max(1, truth.remainingMs(job));
    Forecast forecast =
        new Forecast(remainingMs, remainingMs, remainingMs).withSpeeds(job.speeds());
    return job.running() ? forecast : forecast.at(job.speed());
  }
}
