package org.yarngpu.model;

/** The forecast of one job as it runs; what does not change with that is computed once. */
public final class RemainingForecast {
  private final RuntimeForecast runtime;
  private final double upperSeconds;

  public RemainingForecast(RuntimeForecast runtime) {
    this.runtime = runtime;
    this.upperSeconds = runtime.quantileSeconds(RuntimeForecast.UPPER_SHARE);
  }

  public RuntimeForecast runtime() {
    return runtime;
  }

  /**
   * What remains.
   *
   * @param attainedMs for how long it has held its GPUs so far
   */
  public Forecast after(long attainedMs) {
    double ranSeconds = attainedMs / 1000.0;
    double expectedMs =
        1000
            * runtime.expectedRemainingSeconds(
                ranSeconds, runtime.doubted() ? upperSeconds : runtime.medianSeconds());
    return new Forecast(
            milliseconds(runtime.remainingSeconds(ranSeconds)),
            milliseconds(RuntimeForecast.remainingUntil(upperSeconds, ranSeconds)),
            Math.max(1, expectedMs))
        .withIndex(1000 * runtime.indexSeconds(ranSeconds));
  }

  private static long milliseconds(double seconds) {
    return Math.max(1, (long) (1000 * seconds));
  }
}
