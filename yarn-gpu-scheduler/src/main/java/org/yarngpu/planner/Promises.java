package org.yarngpu.planner;

import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Promise;

/**
 * When gangs were told that they start. A promise does not move while it can be kept; how often it
 * could not says how much the forecasts behind it are worth.
 */
final class Promises {
  /** After so many slips run times are no longer believed. */
  static final int SLIPS_TO_DRAIN = 3;

  /** A start that is expected so little later than promised is no slip. */
  private static final long SLIP_MS = 60_000;

  private final ClusterSnapshot snapshot;

  Promises(ClusterSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  /**
   * What the gang is told now.
   *
   * @param inMs until its start, as it looks now
   */
  Promise renewed(GangId gang, long inMs) {
    long startMs = snapshot.nowMs() + inMs;
    Promise before = snapshot.promises().get(gang);
    if (before == null) {
      return new Promise(gang, startMs, 0);
    }
    return startMs > before.startMs() + SLIP_MS
        ? new Promise(gang, startMs, before.slips() + 1)
        : before;
  }
}
