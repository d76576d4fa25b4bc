package org.yarngpu.sim.policy;

import java.util.Comparator;

/**
 * Smallest remaining service first with true run times: remaining time x GPUs, decided anew each 60
 * s, evictions at their cost. The bound for preemptive orders; with one GPU, no cost and a short
 * period it is the optimum for the mean (Schrage, Operations Research 1968).
 */
public final class SrtfOracle extends PreemptiveOrder {
  private static final long PERIOD_MS = 60_000;

  public SrtfOracle(GroundTruth truth) {
    this(truth, PERIOD_MS);
  }

  public SrtfOracle(GroundTruth truth, long periodMs) {
    super(
        periodMs,
        Comparator.comparingLong(
            job -> Math.multiplyExact(truth.remainingMs(job), (long) job.gpus())));
  }
}
