package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import org.yarngpu.model.Placement.Member;

/**
 * What a policy wants done now, evictions first.
 *
 * @param evictions running jobs that lose all their GPUs
 * @param starts waiting jobs and where each member goes
 */
public record Decision(ImmutableList<ActiveJob> evictions, ImmutableList<Start> starts) {

  /** A gang that starts whole. */
  public record Start(ActiveJob job, ImmutableList<Member> members) {}

  static Decision start(ImmutableList<Start> starts) {
    return new Decision(ImmutableList.of(), starts);
  }
}
