package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.RunningGang;

/**
 * What a gang has on lent GPUs.
 *
 * @param members all of a borrower; of an elastic gang those that may go while the others go on
 * @param width members that the gang has beside these
 * @param costMs GPU-milliseconds that all the gang's GPUs lose when it is called back: what goes on
 *     starts anew too
 */
record Loan(GangId id, ImmutableList<Member> members, int width, long costMs) {

  static Loan of(RunningGang gang, long nowMs, long graceMs) {
    int gpus = gang.members().stream().mapToInt(member -> member.size().gpus()).sum();
    long lostMs = gang.terms().map(terms -> terms.costMs(nowMs)).orElse(0L);
    ImmutableList<Member> lent = gang.lent();
    return new Loan(
        gang.id(), lent, gang.members().size() - lent.size(), gpus * (lostMs + graceMs));
  }
}
