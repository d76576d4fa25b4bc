package org.yarngpu.sim.rm;

import org.yarngpu.sim.Conditions;

/** What surrounds an application. */
record VirtualWorld(
    VirtualRm rm,
    VirtualNodes nodes,
    Demand demand,
    VirtualEvents events,
    VirtualClock clock,
    RunLedger ledger,
    Conditions conditions) {

  /** Milliseconds since the start of the trace. */
  long nowMs() {
    return clock.nowMs();
  }
}
