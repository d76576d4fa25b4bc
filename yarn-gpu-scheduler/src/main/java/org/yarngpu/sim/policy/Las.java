package org.yarngpu.sim.policy;

import java.util.Comparator;

/**
 * Least attained service without queues: who has received the fewest GPU-seconds goes first.
 *
 * <p>Source: the two-dimensional LAS of Tiresias (NSDI 2019) before its discretisation; decided
 * anew each 60 s like it.
 */
public final class Las extends PreemptiveOrder {
  private static final long PERIOD_MS = 60_000;

  public Las() {
    super(PERIOD_MS, Comparator.comparingLong(ActiveJob::attainedServiceMs));
  }
}
