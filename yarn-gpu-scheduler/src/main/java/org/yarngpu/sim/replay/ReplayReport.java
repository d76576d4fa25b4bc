package org.yarngpu.sim.replay;

import java.io.IOException;

/** Tells of a replay as it goes on. */
public interface ReplayReport {
  /** Told of each cycle, equal or not, in their order. */
  void cycle(CycleChanges cycle) throws IOException;

  /** Told once, after all cycles. */
  void end(Tally tally) throws IOException;
}
