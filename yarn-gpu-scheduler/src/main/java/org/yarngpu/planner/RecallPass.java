package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.Comparator;
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
      if (snapshot.loans().isBorrower(running.id())) {
        loans.put(
            running.id(),
            Loan.of(running, snapshot.nowMs(), snapshot.loans().graceMs(running.id(), graceMs)));
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
    Room room = free.copy();
    cheapest.forEach(loan -> room.giveBackWhereOpen(loan.members()));
    Optional<ImmutableList<Member>> members = placer.place(whole.get(), room);
    if (members.isEmpty() || cheapest.isEmpty()) {
      return; // it fits already, on what another recall leaves over
    }
    cheapest.forEach(loan -> loans.remove(loan.id()));
    draft.evict(
        new Eviction(
            new Placement(gang.id(), partition, members.get()),
            cheapest.stream()
                .map(Loan::id)
                .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())),
            OptionalLong.empty()));
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
