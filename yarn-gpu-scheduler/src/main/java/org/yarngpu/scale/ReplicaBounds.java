package org.yarngpu.scale;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * How many replicas a service may have.
 *
 * @param min at least 0
 * @param max at least 1 and at least {@code min}
 */
public record ReplicaBounds(int min, int max) {
  public ReplicaBounds {
    checkArgument(
        0 <= min && min <= max && max >= 1,
        "replicas must be 0 <= min <= max and max at least 1, but are %s and %s",
        min,
        max);
  }

  int clip(long replicas) {
    return (int) Math.min(max, Math.max(min, replicas));
  }
}
