package org.yarngpu.sim.report;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.LongStream;

/**
 * Mean and quantiles of times, in seconds. The quantile q of n values is the ceil(q n)-th of them
 * in ascending order, a value that occurred.
 *
 * @param count of values, at least 1
 * @param p999 absent below {@value #P999_COUNT_MIN} values, where it would be the largest
 */
public record Distribution(
    int count, double mean, double p50, double p95, double p99, OptionalDouble p999) {
  static final int P999_COUNT_MIN = 1_000;

  /** Of times in milliseconds; empty if there are none. */
  public static Optional<Distribution> ofMs(LongStream timesMs) {
    long[] sorted = timesMs.sorted().toArray();
    if (sorted.length == 0) {
      return Optional.empty();
    }
    return Optional.of(
        new Distribution(
            sorted.length,
            Arrays.stream(sorted).sum() / 1000.0 / sorted.length,
            quantile(sorted, 500),
            quantile(sorted, 950),
            quantile(sorted, 990),
            sorted.length < P999_COUNT_MIN
                ? OptionalDouble.empty()
                : OptionalDouble.of(quantile(sorted, 999))));
  }

  /** In thousandths, since 0.07 x 100 is above 7 in floating point. */
  private static double quantile(long[] sorted, long permille) {
    long rank = (permille * sorted.length + 999) / 1000;
    return sorted[Math.toIntExact(rank - 1)] / 1000.0;
  }
}
