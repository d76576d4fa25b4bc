package org.yarngpu.predict;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Quantiles that are one of the values: never between two. */
public final class Quantile {
  private Quantile() {}

  /**
   * The ceil(share n)-th smallest, the smallest for a share of 0.
   *
   * @param values at least one, in any order; not modified
   * @param share in [0, 1]
   */
  public static double of(double[] values, double share) {
    checkArgument(values.length > 0, "a quantile needs a value");
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[Math.max(1, (int) Math.ceil(share * sorted.length)) - 1];
  }

  /**
   * The smallest value up to which the weights reach this share of their sum.
   *
   * @param values at least one, in any order; not modified
   * @param weights as many, each at least 0
   * @param share in [0, 1]
   */
  public static double weighted(double[] values, double[] weights, double share) {
    checkArgument(
        values.length > 0 && values.length == weights.length,
        "%s values cannot have %s weights",
        values.length,
        weights.length);
    int[] ascending =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(index -> values[index]))
            .mapToInt(Integer::intValue)
            .toArray();
    double needed = share * Arrays.stream(weights).sum() - 1e-12;
    double reached = 0;
    for (int index : ascending) {
      reached += weights[index];
      if (reached >= needed) {
        return values[index];
      }
    }
    return values[ascending[ascending.length - 1]];
  }
}
