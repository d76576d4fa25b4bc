package org.yarngpu.sim.report;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;

/**
 * How many times a baseline's value another policy's is, over pairs that met the same seed: the
 * geometric mean, with the 95 % interval of Student's t on the logarithms.
 *
 * @param pairs at least 1
 * @param ratio above 0
 * @param interval empty for a single pair
 */
public record PairedRatio(int pairs, double ratio, Optional<Interval> interval) {

  /** Where the true ratio lies with a confidence of 95 %. */
  public record Interval(double low, double high) {}

  /**
   * Of values in pairs.
   *
   * @return empty without a pair, and if a value is not positive, for which a ratio says nothing
   */
  static Optional<PairedRatio> of(double[] values, double[] baseline) {
    checkArgument(values.length == baseline.length, "values and baseline must be pairs");
    SummaryStatistics logs = new SummaryStatistics();
    for (int i = 0; i < values.length; i++) {
      if (values[i] <= 0 || baseline[i] <= 0) {
        return Optional.empty();
      }
      logs.addValue(Math.log(values[i] / baseline[i]));
    }
    if (values.length == 0) {
      return Optional.empty();
    }
    return Optional.of(new PairedRatio(values.length, Math.exp(logs.getMean()), interval(logs)));
  }

  private static Optional<Interval> interval(SummaryStatistics logs) {
    double n = (double) logs.getN();
    if (n < 2) {
      return Optional.empty();
    }
    double t = new TDistribution(n - 1).inverseCumulativeProbability(0.975);
    double half = t * logs.getStandardDeviation() / Math.sqrt(n);
    return Optional.of(
        new Interval(Math.exp(logs.getMean() - half), Math.exp(logs.getMean() + half)));
  }

  /** A value over another; empty where that says nothing: a value is missing, or not positive. */
  static OptionalDouble ratio(OptionalDouble value, OptionalDouble baseline) {
    if (value.isEmpty() || baseline.isEmpty() || baseline.getAsDouble() <= 0) {
      return OptionalDouble.empty();
    }
    return value.getAsDouble() < 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(value.getAsDouble() / baseline.getAsDouble());
  }
}
