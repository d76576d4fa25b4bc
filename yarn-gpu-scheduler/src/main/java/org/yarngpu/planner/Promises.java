package org.yarngpu.planner;

import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Promise;

/**
 * When gangs were told that they start. A promise does not move while it can be kept; how often it
 * could not says how much the forecasts behind it are worth. That holds for the first in line: a
 * promise to another also moves when somebody comes before it, which is no slip.
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

  /** What the first gang in line is told now that it is expected to start in so long. */
  Promise toFirst(GangId gang, long inMs) {
    return renewed(gang, inMs, 1);
  }

  /** What a gang behind it is told. */
  Promise toLater(GangId gang, long inMs) {
    return renewed(gang, inMs, 0);
  }

  /**
   * @param inMs until its start, as it looks now
   * @param slip what it counts if that is later than promised: 1 for the first in line, else 0
   */
  private Promise renewed(GangId gang, long inMs, int slip) {
    long startMs = snapshot.nowMs() + inMs;
    Promise before = snapshot.promises().get(gang);
    if (before == null) {
      return new Promise(gang, startMs, 0);
    }
    return startMs > before.startMs() + SLIP_MS
        ? new Promise(gang, startMs, before.slips() + slip)
        : before;
  }
}
