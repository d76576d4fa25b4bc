package org.yarngpu.model;

/** How far a job's kin has been predictable: a measured hit rate within a factor of 2. */
public enum Predictability {
  /** At least five judged runs, hit rate at least 0.80, spread at most 0.6. */
  PREDICTABLE,
  /** Hit rate at least 0.50. */
  SEMI,
  NOT;

  /** Fewer judged runs than this never make a job predictable, nor shut the gate on it. */
  public static final double JUDGED_MIN = 5;

  private static final double PREDICTABLE_HIT_RATE = 0.80;
  private static final double PREDICTABLE_SPREAD = 0.6;
  private static final double SEMI_HIT_RATE = 0.50;

  /**
   * Returns the class.
   *
   * @param judged how many past forecasts the hit rate stands on, decayed, in [0, 20]
   * @param hitRate share of them within a factor of 2, in (0, 1)
   * @param spread standard deviation of ln runtime, at least 0
   */
  public static Predictability of(double judged, double hitRate, double spread) {
    if (judged >= JUDGED_MIN && hitRate >= PREDICTABLE_HIT_RATE && spread <= PREDICTABLE_SPREAD) {
      return PREDICTABLE;
    }
    return hitRate >= SEMI_HIT_RATE ? SEMI : NOT;
  }
}
