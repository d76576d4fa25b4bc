package org.yarngpu.sim.predict;

import com.google.common.collect.ImmutableSortedMap;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.Predictability;

/**
 * What was believed about a job when it was submitted, and what came.
 *
 * @param seconds the truth, at least 1
 * @param predictability class by this project's predictor
 * @param level what its forecast was made from
 * @param switchedOff whether forecasts as a whole were switched off then
 * @param beliefs by name of the predictor; absent if it says nothing
 */
record Guess(
    double seconds,
    Predictability predictability,
    KeyLevel level,
    boolean switchedOff,
    ImmutableSortedMap<String, Belief> beliefs) {

  /**
   * What a predictor says of a job.
   *
   * @param typicalSeconds what it believes, at least 1
   * @param mostSeconds what nine of ten such jobs are not to exceed
   */
  record Belief(double typicalSeconds, double mostSeconds) {}

  boolean knownTo(String predictor) {
    return beliefs.containsKey(predictor);
  }
}
