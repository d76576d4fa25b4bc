package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.RunningGang;

/**
 * A gang that runs on lent GPUs.
 *
 * @param costMs GPU-milliseconds that all its GPUs lose when it is called back
 */
record Loan(GangId id, ImmutableList<Member> members, long costMs) {

  static Loan of(RunningGang gang, long nowMs, long graceMs) {
    int gpus = gang.members().stream().mapToInt(member -> member.size().gpus()).sum();
    long lostMs = gang.terms().map(terms -> terms.costMs(nowMs)).orElse(0L);
    return new Loan(gang.id(), gang.members(), gpus * (lostMs + graceMs));
  }
}
