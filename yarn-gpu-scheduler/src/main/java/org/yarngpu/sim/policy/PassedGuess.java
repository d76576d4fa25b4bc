package org.yarngpu.sim.policy;

/** What remains by a guess of the whole run time, also for a job that has outlived it. */
final class PassedGuess {
  private PassedGuess() {}

  /**
   * At least 5 s before the guess has passed; after it half of what the job has run so far, at
   * least a minute. Correcting upwards is from Tsafrir et al., "Backfilling using system-generated
   * predictions rather than user runtime estimates", TPDS 2007; the constants are ours.
   */
  static long remainingMs(long guessMs, long attainedMs) {
    return attainedMs < guessMs
        ? Math.max(5_000, guessMs - attainedMs)
        : Math.max(60_000, attainedMs / 2);
  }
}
