package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Plan;
import org.yarngpu.model.RunningGang;
import org.yarngpu.testing.Seeded;

/** What holds of loans and recalls on any cluster. */
class LoanLawsTest {
  private final Planner planner = Planner.predicted();

  private static ClusterSnapshot anySnapshot(SplittableRandom random) {
    ClusterSnapshot plain = EvictionLawsTest.anySnapshot(random);
    Map<GangId, Loans.Borrower> borrowers = new TreeMap<>();
    Map<GangId, Loans.Surplus> surplus = new TreeMap<>();
    List<Gang> gangs = new ArrayList<>(plain.gangs());
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    for (RunningGang gang : plain.running()) {
      if (gang.elastic().isPresent() && random.nextBoolean()) {
        surplus.put(gang.id(), new Loans.Surplus(gang.elastic().get().maximum()));
        running.add(withLent(gang, member -> random.nextInt(3) == 0));
        gangs.add(growing(gang, random));
      } else if (random.nextBoolean()) {
        borrowers.put(gang.id(), borrower(random));
        running.add(withLent(gang, member -> true));
      } else {
        running.add(gang);
      }
    }
    plain.gangs().stream()
        .filter(gang -> random.nextInt(3) == 0)
        .filter(gang -> !surplus.containsKey(gang.id()))
        .forEach(gang -> borrowers.put(gang.id(), borrower(random)));
    return new ClusterSnapshot(
            plain.nowMs(),
            plain.settled(),
            plain.nodes(),
            plain.queues(),
            ImmutableList.copyOf(gangs),
            plain.reservations())
        .withForecasts(running.build(), plain.forecasts())
        .withEvictions(ImmutableSortedMap.of(), random.nextBoolean())
        .withLoans(
            new Loans(
                ImmutableSortedMap.copyOf(borrowers),
                ImmutableSortedMap.copyOf(surplus),
                ImmutableSortedMap.of("", random.nextInt(20)),
                ImmutableSortedMap.of("", random.nextInt(5)),
                ImmutableSortedSet.of()));
  }

  /** What an elastic gang asks for beyond its width. */
  private static Gang growing(RunningGang gang, SplittableRandom random) {
    int width = gang.members().size();
    int minimum = gang.elastic().orElseThrow().minimum();
    return gang(gang.id().value())
        .queue(gang.terms().orElseThrow().queue())
        .members(random.nextInt(1, 6), 1)
        .minimum(minimum)
        .elastic(width, width + random.nextInt(6), random.nextBoolean() ? 0 : Long.MAX_VALUE)
        .minimum(1)
        .phase(Gang.Phase.GROWING)
        .build();
  }

  private static RunningGang withLent(RunningGang gang, Predicate<Member> lent) {
    return new RunningGang(
        gang.id(),
        gang.members().stream()
            .map(member -> lent.test(member) ? member.onLoan() : member)
            .collect(ImmutableList.toImmutableList()),
        gang.waitedMs(),
        gang.terms(),
        gang.elastic());
  }

  private static Loans.Borrower borrower(SplittableRandom random) {
    return new Loans.Borrower(
        switch (random.nextInt(3)) {
          case 0 -> OptionalLong.of(60_000);
          case 1 -> OptionalLong.of(1000);
          default -> OptionalLong.empty();
        });
  }

  /** No loan above what may be lent, no recall without a start: the plan's own laws say so. */
  @Seeded(runs = 2000)
  void rulesAreKept(SplittableRandom random) {
    ClusterSnapshot snapshot = anySnapshot(random);
    Plan plan = planner.plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    assertThat(plan.evictions().keySet()).noneMatch(snapshot.loans()::isBorrower);
    for (Eviction eviction : plan.evictions().values()) {
      if (eviction.victims().stream().anyMatch(snapshot.loans()::isBorrower)
          || lent(eviction).anyMatch(Member::lent)) {
        assertThat(eviction.victims())
            .as("a recall takes from nobody who owns his GPUs")
            .allMatch(snapshot.loans()::isBorrower);
        assertThat(lent(eviction)).allMatch(Member::lent);
        assertThat(snapshot.loans().isRecall(eviction)).isTrue();
      }
    }
  }

  private static Stream<Member> lent(Eviction eviction) {
    return eviction.shrinks().values().stream().flatMap(shrink -> shrink.members().stream());
  }

  /** Gangs on GPUs of their own start as if nobody waited to borrow. */
  @Seeded(runs = 500)
  void waitingBorrowersAreInNobodysWay(SplittableRandom random) {
    ClusterSnapshot with = anySnapshot(random);
    ImmutableList<Gang> owners =
        with.gangs().stream()
            .filter(gang -> !with.loans().isBorrower(gang.id()))
            .collect(ImmutableList.toImmutableList());
    ClusterSnapshot without =
        new ClusterSnapshot(
            with.nowMs(),
            with.settled(),
            with.nodes(),
            with.queues(),
            owners,
            with.reservations(),
            with.running(),
            with.forecasts(),
            with.promises(),
            with.evictions(),
            with.evictionsDue(),
            with.orders(),
            with.loans(),
            with.evictionCostsMs());
    Plan plan = planner.plan(with);
    Plan alone = planner.plan(without);
    assertThat(ofOwners(plan)).isEqualTo(ofOwners(alone));
    assertThat(plan.evictions()).isEqualTo(alone.evictions());
  }

  private static ImmutableList<Placement> ofOwners(Plan plan) {
    return plan.placements().stream()
        .filter(placement -> placement.members().stream().noneMatch(Member::lent))
        .collect(ImmutableList.toImmutableList());
  }
}
