package org.yarngpu.sim.policy;

import java.util.Comparator;

/**
 * Two-dimensional least attained service with two queues: jobs that have received at most 18,000
 * GPU-seconds go first, the others after them, each queue in the order of submission.
 *
 * <p>Source: Gu et al., "Tiresias: a GPU cluster manager for distributed deep learning", NSDI 2019;
 * threshold, period of 60 s and grant rule as in the port that the Lucid artifact (ASPLOS 2023)
 * published. Tiresias' own simulator has other thresholds.
 */
public final class Tiresias extends PreemptiveOrder {
  private static final long PERIOD_MS = 60_000;
  private static final long HIGH_QUEUE_MS = 18_000_000;

  public Tiresias() {
    super(PERIOD_MS, Comparator.comparing(job -> job.attainedServiceMs() > HIGH_QUEUE_MS));
  }
}
