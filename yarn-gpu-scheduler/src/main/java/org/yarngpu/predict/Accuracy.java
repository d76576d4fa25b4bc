package org.yarngpu.predict;

import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.Predictability;

/**
 * How good the forecasts of one class and level have been of late: sums that fade by 1 % with each
 * of them.
 *
 * <p>What to expect: between 8 and 23 % of forecasts are off by a factor of 2 or more even for
 * strong predictors (Park et al., "3Sigma", EuroSys 2018).
 *
 * @param predictability class of these forecasts
 * @param level what they were made from
 * @param count of them, decayed, in [0, 100]
 * @param withinHalf how many runtimes were at most the forecast 0.5 quantile
 * @param withinMost how many were at most the forecast 0.9 quantile
 * @param misses how many were off by more than a factor of 2
 * @param errorSeconds sum of |runtime - forecast|
 * @param runtimeSeconds sum of runtimes
 */
public record Accuracy(
    Predictability predictability,
    KeyLevel level,
    double count,
    double withinHalf,
    double withinMost,
    double misses,
    double errorSeconds,
    double runtimeSeconds) {

  private static final double DECAY = 0.99;

  static Accuracy none(Predictability predictability, KeyLevel level) {
    return new Accuracy(predictability, level, 0, 0, 0, 0, 0, 0);
  }

  Accuracy plus(PastForecast forecast, double seconds) {
    return new Accuracy(
        predictability,
        level,
        DECAY * count + 1,
        DECAY * withinHalf + (seconds <= forecast.halfSeconds() ? 1 : 0),
        DECAY * withinMost + (seconds <= forecast.mostSeconds() ? 1 : 0),
        DECAY * misses + (missed(forecast, seconds) ? 1 : 0),
        DECAY * errorSeconds + Math.abs(seconds - forecast.medianSeconds()),
        DECAY * runtimeSeconds + seconds);
  }

  /** Whether it was off by more than a factor of 2. */
  static boolean missed(PastForecast forecast, double seconds) {
    return Math.abs(Math.log(seconds / forecast.medianSeconds())) > Math.log(2);
  }

  /** In [0, 1]; 0.5 if the quantile is right. */
  public double withinHalfShare() {
    return withinHalf / count;
  }

  /** In [0, 1]; 0.9 if the quantile is right. */
  public double withinMostShare() {
    return withinMost / count;
  }

  /** Share off by more than a factor of 2, in [0, 1]. */
  public double missShare() {
    return misses / count;
  }

  /** Mean of |runtime - forecast| over the mean runtime. */
  public double relativeError() {
    return errorSeconds / runtimeSeconds;
  }
}
