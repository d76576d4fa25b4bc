package org.yarngpu.sim.policy;

import java.util.Comparator;

/**
 * Smallest job first with true run times: run time x GPUs, nobody overtakes, nobody is evicted. The
 * bound for non-preemptive orders.
 */
public final class SjfOracle extends StrictOrder {
  public SjfOracle(GroundTruth truth) {
    super(Comparator.comparingLong(job -> Math.multiplyExact(truth.runMs(job), (long) job.gpus())));
  }
}
