package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedMap;

/**
 * How long a gang will hold its GPUs from now on, were it to run now without disturbance: one that
 * runs on those that it has, one that waits on GPUs of speed 1.
 *
 * @param remainingMs median, above 0
 * @param remainingUpperMs 0.9-quantile, at least 1
 * @param expectedRemainingMs the expectation where run times are well known, drawn towards attained
 *     service where they are not; above 0
 * @param indexMs what orders by remaining time and evictions go by; above 0
 * @param speeds of GPU models for such jobs, each above 0; a model that is not here has speed 1
 */
public record Forecast(
    long remainingMs,
    long remainingUpperMs,
    double expectedRemainingMs,
    double indexMs,
    ImmutableSortedMap<String, Double> speeds) {
  public Forecast {
    checkArgument(
        remainingMs > 0 && remainingUpperMs > 0 && expectedRemainingMs > 0 && indexMs > 0,
        "forecast times must be above 0: median %s, upper %s, expected %s, index %s",
        remainingMs,
        remainingUpperMs,
        expectedRemainingMs,
        indexMs);
    checkArgument(
        speeds.values().stream().allMatch(speed -> speed > 0),
        "speeds (%s) must be above 0",
        speeds);
  }

  /** One of a job to which all models are alike, ordered by expectation. */
  public Forecast(long remainingMs, long remainingUpperMs, double expectedRemainingMs) {
    this(
        remainingMs,
        remainingUpperMs,
        expectedRemainingMs,
        expectedRemainingMs,
        ImmutableSortedMap.of());
  }

  public Forecast withSpeeds(ImmutableSortedMap<String, Double> newSpeeds) {
    return new Forecast(remainingMs, remainingUpperMs, expectedRemainingMs, indexMs, newSpeeds);
  }

  public Forecast withIndex(double newIndexMs) {
    return new Forecast(remainingMs, remainingUpperMs, expectedRemainingMs, newIndexMs, speeds);
  }

  /** The same of a gang that, once started, stays until its end. */
  public Forecast orderedByExpectation() {
    return withIndex(expectedRemainingMs);
  }

  public double speed(String model) {
    return speeds.getOrDefault(model, 1.0);
  }

  /** Of a gang that waits, were it to run on GPUs of the model. */
  public Forecast on(String model) {
    return at(speed(model));
  }

  /**
   * Of a gang that waits, were it to run on GPUs of this speed.
   *
   * @param speed above 0
   */
  public Forecast at(double speed) {
    return speed == 1
        ? this
        : new Forecast(
            Math.max(1, (long) (remainingMs / speed)),
            Math.max(1, (long) (remainingUpperMs / speed)),
            expectedRemainingMs / speed,
            indexMs / speed,
            speeds);
  }
}
