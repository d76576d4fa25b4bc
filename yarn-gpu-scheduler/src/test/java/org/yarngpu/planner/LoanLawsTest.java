package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.testing.Seeded;

/** What holds of loans and recalls on any cluster. */
class LoanLawsTest {
  private final Planner planner = Planner.predicted();

  private static ClusterSnapshot anySnapshot(SplittableRandom random) {
    ClusterSnapshot plain = EvictionLawsTest.anySnapshot(random);
    Map<GangId, Loans.Borrower> borrowers = new TreeMap<>();
    plain.running().stream()
        .filter(gang -> random.nextBoolean())
        .forEach(gang -> borrowers.put(gang.id(), borrower(random)));
    plain.gangs().stream()
        .filter(gang -> random.nextInt(3) == 0)
        .forEach(gang -> borrowers.put(gang.id(), borrower(random)));
    return plain
        .withEvictions(ImmutableSortedMap.of(), random.nextBoolean())
        .withLoans(
            new Loans(
                ImmutableSortedMap.copyOf(borrowers),
                ImmutableSortedMap.of("", random.nextInt(20)),
                ImmutableSortedMap.of("", random.nextInt(5)),
                ImmutableSortedSet.of()));
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
      boolean recalls = eviction.victims().stream().anyMatch(snapshot.loans()::isBorrower);
      if (recalls) {
        assertThat(eviction.victims())
            .as("a recall takes from nobody who owns his GPUs")
            .allMatch(snapshot.loans()::isBorrower);
        assertThat(eviction.shrinks()).isEmpty();
      }
    }
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
    assertThat(ofOwners(plan, with)).isEqualTo(alone.placements());
    assertThat(plan.evictions()).isEqualTo(alone.evictions());
  }

  private static ImmutableList<Placement> ofOwners(Plan plan, ClusterSnapshot snapshot) {
    return plan.placements().stream()
        .filter(placement -> !snapshot.loans().isBorrower(placement.gang()))
        .collect(ImmutableList.toImmutableList());
  }
}
