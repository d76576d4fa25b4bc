package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * How long a gang will hold its GPUs from now on, were it to run now without disturbance.
 *
 * @param remainingMs median, above 0
 * @param remainingUpperMs 0.9-quantile, at least 1
 * @param expectedRemainingMs what its order goes by: the expectation where run times are well
 *     known, drawn towards attained service where they are not; above 0
 */
public record Forecast(long remainingMs, long remainingUpperMs, double expectedRemainingMs) {
  public Forecast {
    checkArgument(
        remainingMs > 0 && remainingUpperMs > 0 && expectedRemainingMs > 0,
        "forecast times must be above 0: median %s, upper %s, expected %s",
        remainingMs,
        remainingUpperMs,
        expectedRemainingMs);
  }
}
