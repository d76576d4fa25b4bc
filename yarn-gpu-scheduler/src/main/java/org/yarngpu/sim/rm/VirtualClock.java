package org.yarngpu.sim.rm;

import org.apache.hadoop.yarn.util.Clock;

/** The scheduler's clock: a fixed date and the virtual time since the start of the trace. */
final class VirtualClock implements Clock {
  /** 2023-11-14T22:13:20Z; also the start time of the ResourceManager, in all ids. */
  static final long BASE_MS = 1_700_000_000_000L;

  private long nowMs;

  /** Epoch milliseconds. */
  @Override
  public long getTime() {
    return BASE_MS + nowMs;
  }

  /** Milliseconds since the start of the trace. */
  long nowMs() {
    return nowMs;
  }

  void advance(long toMs) {
    nowMs = toMs;
  }
}
