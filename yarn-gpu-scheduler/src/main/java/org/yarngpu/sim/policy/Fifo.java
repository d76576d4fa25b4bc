package org.yarngpu.sim.policy;

/** First come, first served: the order of submission, and nobody overtakes. */
public final class Fifo extends StrictOrder {
  public Fifo() {
    super(ActiveJob.BY_SUBMISSION);
  }
}
