package org.yarngpu.sim.rm;

import java.util.SplittableRandom;

/**
 * How long an application master that let go of a part of its gang waits before it asks again. The
 * pauses differ, as those of masters that are started anew do: with equal ones two gangs that block
 * each other would do so for ever.
 */
final class RetryPause {
  static final long MIN_MS = 10_000;

  /** Exclusive. */
  static final long MAX_MS = 30_000;

  private RetryPause() {}

  /**
   * Uniform in [{@link #MIN_MS}, {@link #MAX_MS}); depends on nothing but the arguments.
   *
   * @param job number of the job in its workload
   * @param retry how often it has let go before
   */
  static long ms(long seed, int job, int retry) {
    return new SplittableRandom(seed ^ ((long) job << 32 | retry)).nextLong(MIN_MS, MAX_MS);
  }
}
