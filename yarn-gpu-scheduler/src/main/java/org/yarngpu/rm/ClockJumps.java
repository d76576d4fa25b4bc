package org.yarngpu.rm;

import com.google.common.base.Ticker;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * Finds out when the wall clock was set. What was stamped by it must then move along, or an hour
 * that never passed would end timeouts and graces, and one that passed twice would hold GPUs.
 */
final class ClockJumps {
  /** Less is drift, or a cycle that read its clocks apart. */
  private static final long TOLERATED_MS = 30_000;

  private final Ticker steady;
  private OptionalLong lastWallMs = OptionalLong.empty();
  private long lastSteadyNanos;

  /**
   * @param steady never set, never goes back
   */
  ClockJumps(Ticker steady) {
    this.steady = steady;
  }

  /**
   * By how many milliseconds the wall clock was set ahead since the last call, less than 0 if it
   * was set back, 0 if it was not set.
   */
  long since(long wallMs) {
    long steadyNanos = steady.read();
    long jumpMs =
        lastWallMs.isEmpty()
            ? 0
            : wallMs
                - lastWallMs.getAsLong()
                - TimeUnit.NANOSECONDS.toMillis(steadyNanos - lastSteadyNanos);
    lastWallMs = OptionalLong.of(wallMs);
    lastSteadyNanos = steadyNanos;
    return Math.abs(jumpMs) > TOLERATED_MS ? jumpMs : 0;
  }
}
