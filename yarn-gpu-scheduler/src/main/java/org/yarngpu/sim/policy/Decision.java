package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import org.yarngpu.model.Placement.Member;

/**
 * What a policy wants done now, evictions first.
 *
 * @param evictions running jobs that lose all their GPUs
 * @param starts waiting jobs and where each member goes
 * @param recalls loans that end as soon as the borrowers have left
 * @param resizes running elastic jobs that go on with fewer members, whose GPUs those that start
 *     may use, or with more
 */
public record Decision(
    ImmutableList<ActiveJob> evictions,
    ImmutableList<Start> starts,
    ImmutableList<Recall> recalls,
    ImmutableList<Resize> resizes) {

  /** A gang that starts whole. */
  public record Start(ActiveJob job, ImmutableList<Member> members) {}

  /** Borrowers that go for one that waits. */
  public record Recall(ImmutableList<ActiveJob> borrowers) {}

  /** A gang that goes on with these members. */
  public record Resize(ActiveJob job, ImmutableList<Member> members) {}

  Decision(ImmutableList<ActiveJob> evictions, ImmutableList<Start> starts) {
    this(evictions, starts, ImmutableList.of(), ImmutableList.of());
  }

  static Decision start(ImmutableList<Start> starts) {
    return new Decision(ImmutableList.of(), starts);
  }
}
