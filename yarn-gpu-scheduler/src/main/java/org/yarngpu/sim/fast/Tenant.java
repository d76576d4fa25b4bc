package org.yarngpu.sim.fast;

import org.yarngpu.sim.policy.ActiveJob;

/** Who holds GPUs of the simulated cluster, or asks for them: a job or a replica of a service. */
interface Tenant extends ActiveJob {

  /** Lets it know the time. */
  void advance(long toMs);

  /** Whether it has as many members as it must have to run, and no more than it may. */
  default boolean isWhole() {
    return members().size() == gang().minimum();
  }
}
