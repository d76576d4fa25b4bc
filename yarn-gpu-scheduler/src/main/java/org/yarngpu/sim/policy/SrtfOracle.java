package org.yarngpu.sim.policy;

import java.util.Comparator;

/**
 * Smallest remaining service first with true run times: remaining time x GPUs, decided anew after
 * every change, evictions at their cost. The bound for preemptive orders; on one GPU and without
 * cost it is the optimum for the mean (Schrage, Operations Research 1968).
 */
public final class SrtfOracle extends PreemptiveOrder {
  public SrtfOracle(GroundTruth truth) {
    super(
        0,
        Comparator.comparingLong(
            job -> Math.multiplyExact(truth.remainingMs(job), (long) job.gpus())));
  }
}
