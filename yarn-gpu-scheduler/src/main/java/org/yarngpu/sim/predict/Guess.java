package org.yarngpu.sim.predict;

import com.google.common.collect.ImmutableSortedMap;
import java.util.OptionalDouble;
import org.yarngpu.model.RuntimeForecast;

/**
 * What was believed about a job when it was submitted, and what came.
 *
 * @param seconds the truth, at least 1
 * @param forecast of this project's predictor
 * @param switchedOff whether forecasts as a whole were switched off then
 * @param baselines run times that simpler rules believe, seconds, by name; absent if a rule says
 *     nothing
 */
record Guess(
    double seconds,
    RuntimeForecast forecast,
    boolean switchedOff,
    ImmutableSortedMap<String, Double> baselines) {

  /** How far a belief was off: |ln (truth / belief)|. */
  double error(double believedSeconds) {
    return Math.abs(Math.log(seconds / believedSeconds));
  }

  double error() {
    return error(forecast.medianSeconds());
  }

  OptionalDouble baseline(String name) {
    Double believed = baselines.get(name);
    return believed == null ? OptionalDouble.empty() : OptionalDouble.of(believed);
  }
}
