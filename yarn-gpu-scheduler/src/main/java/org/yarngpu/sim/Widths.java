package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Between which widths an elastic job runs.
 *
 * @param minimum fewest members, at least 1
 * @param maximum most members, at least {@code minimum}
 */
public record Widths(int minimum, int maximum) {
  public Widths {
    checkArgument(
        1 <= minimum && minimum <= maximum,
        "minimum (%s) must lie in [1, maximum (%s)]",
        minimum,
        maximum);
  }

  public boolean allow(int members) {
    return minimum <= members && members <= maximum;
  }
}
