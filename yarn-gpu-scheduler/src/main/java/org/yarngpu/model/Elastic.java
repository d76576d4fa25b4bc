package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Between which widths an elastic gang runs; members above the minimum are its surplus.
 *
 * @param width members that run now, at least 0
 * @param minimum fewest that may run, at least 1
 * @param maximum most that it may have now: what is of use to it, or less where a user limit is in
 *     the way; less than {@code width} if that limit has shrunk
 * @param growsFromMs a gang that runs gets no surplus before, epoch milliseconds; one that starts
 *     or starts anew does
 */
public record Elastic(int width, int minimum, int maximum, long growsFromMs) {
  public Elastic {
    checkArgument(width >= 0, "width (%s) must not be negative", width);
    checkArgument(minimum >= 1, "minimum (%s) must be at least 1", minimum);
  }

  /** Members that may go while the others go on. */
  public int surplus() {
    return Math.max(0, width - minimum);
  }
}
