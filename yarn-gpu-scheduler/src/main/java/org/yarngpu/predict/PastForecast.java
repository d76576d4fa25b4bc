package org.yarngpu.predict;

import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.Predictability;
import org.yarngpu.model.RuntimeForecast;

/**
 * What had been forecast for a job when it was submitted, as far as its end can judge it.
 *
 * @param medianSeconds predicted median runtime
 * @param halfSeconds runtime not exceeded with probability 0.5
 * @param mostSeconds runtime not exceeded with probability 0.9
 * @param predictability class
 * @param level what it was made from
 * @param key at which level the runs were counted
 */
public record PastForecast(
    double medianSeconds,
    double halfSeconds,
    double mostSeconds,
    Predictability predictability,
    KeyLevel level,
    KeyLevel key) {

  public static PastForecast of(RuntimeForecast forecast) {
    return new PastForecast(
        forecast.medianSeconds(),
        forecast.quantileSeconds(0.5),
        forecast.quantileSeconds(0.9),
        forecast.predictability(),
        forecast.level(),
        forecast.key());
  }
}
