package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * When a waiting gang is expected to start, as it was told. A promise moves only where it cannot be
 * kept: that is a slip.
 *
 * @param gang whose
 * @param startMs shadow time, epoch milliseconds
 * @param slips how often it moved, at least 0
 */
public record Promise(GangId gang, long startMs, int slips) {
  public Promise {
    checkArgument(slips >= 0, "slips (%s) of the promise to %s must be at least 0", slips, gang);
  }

  /** The same by a clock that was set ahead by so much, or back if less than 0. */
  public Promise moved(long byMs) {
    return new Promise(gang, startMs + byMs, slips);
  }
}
