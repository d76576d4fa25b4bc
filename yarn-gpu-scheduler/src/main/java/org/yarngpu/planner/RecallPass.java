package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.RunningGang;

/**
 * Calls loans back for gangs that would start on their own GPUs were these not lent, those of least
 * cost, in every cycle. What becomes free is held for the gang as after any eviction.
 *
 * <p>An application that asks for members one by one, as a service does, gets all of them by one
 * recall: they would else wait for one grace after the other.
 */
final class RecallPass {
  private final GangPlacer placer = new GangPlacer();
  private final long graceMs;

  RecallPass(EvictionRules rules) {
    this.graceMs = rules.graceMs();
  }

  void run(PlanDraft draft) {
    ClusterSnapshot snapshot = draft.snapshot();
    Map<GangId, Loan> loans = new TreeMap<>();
    for (RunningGang running : snapshot.running()) {
      Loan loan =
          Loan.of(running, snapshot.nowMs(), snapshot.loans().graceMs(running.id(), graceMs));
      if (!loan.members().isEmpty()) {
        loans.put(running.id(), loan);
      }
    }
    draft.eachVictim(loans::remove);
    if (loans.isEmpty()) {
      return;
    }
    draft
        .lines()
        .forEach(
            (partition, line) -> {
              for (Gang gang : line.waiting()) {
                if (loans.isEmpty()) {
                  return;
                }
                if (!draft.isEvictedFor(gang.id())) {
                  recall(gang, partition, line, draft, loans);
                }
              }
            });
  }

  private void recall(
      Gang gang, String partition, Line line, PlanDraft draft, Map<GangId, Loan> loans) {
    ImmutableList<Shadow> earlier = line.shadows().before(gang.id());
    Room free = draft.roomOf(gang.id());
    earlier.forEach(shadow -> free.takeAtMost(shadow.members()));
    Room all = free.copy();
    loans.values().forEach(loan -> all.giveBackWhereOpen(loan.members()));
    Optional<Gang> whole = mostThatFits(gang, all);
    if (whole.isEmpty()) {
      return;
    }
    List<Loan> cheapest =
        new LoanSearch(whole.get(), free, new ArrayList<>(loans.values())).cheapest();
    if (cheapest.isEmpty()) {
      return; // it fits already, on what another recall leaves over
    }
    Map<Loan, ImmutableList<Member>> gone = gone(whole.get(), free, cheapest, draft);
    ImmutableSortedSet.Builder<GangId> victims = ImmutableSortedSet.naturalOrder();
    ImmutableSortedMap.Builder<GangId, Eviction.Shrink> shrinks = ImmutableSortedMap.naturalOrder();
    gone.forEach(
        (loan, members) -> {
          loans.remove(loan.id());
          if (draft.snapshot().loans().isBorrower(loan.id())) {
            victims.add(loan.id());
          } else if (!members.isEmpty()) {
            int width = loan.width() + loan.members().size() - members.size();
            shrinks.put(loan.id(), new Eviction.Shrink(members, width));
          }
        });
    placer
        .place(whole.get(), after(free, gone))
        .ifPresent(
            members ->
                draft.evict(
                    new Eviction(
                        new Placement(gang.id(), partition, members),
                        victims.build(),
                        shrinks.build(),
                        OptionalLong.empty())));
  }

  /** Of elastic gangs only those members without whose end the gang would not start. */
  private Map<Loan, ImmutableList<Member>> gone(
      Gang gang, Room free, List<Loan> loans, PlanDraft draft) {
    Map<Loan, ImmutableList<Member>> gone = new LinkedHashMap<>();
    loans.forEach(loan -> gone.put(loan, loan.members()));
    for (Loan loan : loans) {
      if (!draft.snapshot().loans().isBorrower(loan.id())) {
        for (Member member : loan.members()) {
          ImmutableList<Member> before = gone.getOrDefault(loan, ImmutableList.of());
          List<Member> fewer = new ArrayList<>(before);
          fewer.remove(member);
          gone.put(loan, ImmutableList.copyOf(fewer));
          if (!placer.fits(gang, after(free, gone))) {
            gone.put(loan, before);
          }
        }
      }
    }
    return gone;
  }

  private static Room after(Room free, Map<Loan, ImmutableList<Member>> gone) {
    Room room = free.copy();
    gone.values().forEach(room::giveBackWhereOpen);
    return room;
  }

  /** The gang with as many members as fit, at least its minimum. */
  private Optional<Gang> mostThatFits(Gang gang, Room room) {
    int most = gang.minimum() == 1 ? gang.asked() : gang.minimum();
    for (int members = most; members >= gang.minimum(); members--) {
      Gang wanted = members == gang.minimum() ? gang : gang.withMinimum(members);
      if (placer.fits(wanted, room)) {
        return Optional.of(wanted);
      }
    }
    return Optional.empty();
  }
}
