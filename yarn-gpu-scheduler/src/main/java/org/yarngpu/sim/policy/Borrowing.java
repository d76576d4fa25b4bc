package org.yarngpu.sim.policy;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.yarngpu.config.Settings;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Plan;
import org.yarngpu.planner.PlanLaws;
import org.yarngpu.planner.RestingNodes;
import org.yarngpu.predict.LendingQuota;
import org.yarngpu.sim.Sharing;

/**
 * What the product's policy knows of loans from decision to decision: what its ResourceManager
 * keeps in its loan book, and the recalls under way.
 */
final class Borrowing {
  private static final long COOL_DOWN_MS = Settings.from(ImmutableMap.of()).loanCoolDownMs();

  private final ImmutableSortedSet<String> lenders;
  private final LendingQuota quota;
  private final RestingNodes resting = new RestingNodes();
  private ImmutableSortedMap<GangId, Eviction> underWay = ImmutableSortedMap.of();

  private Borrowing(ImmutableSortedSet<String> lenders, LendingQuota quota) {
    this.lenders = lenders;
    this.quota = quota;
  }

  /** Nobody lends. */
  static Borrowing none() {
    return new Borrowing(ImmutableSortedSet.of(), LendingQuota.byForecast());
  }

  static Borrowing by(Sharing sharing) {
    return switch (sharing.rule()) {
      case NONE -> none();
      case IDLE -> new Borrowing(sharing.lenders(), LendingQuota.idleNow());
      case FORECAST -> new Borrowing(sharing.lenders(), LendingQuota.byForecast());
    };
  }

  boolean isPossible() {
    return !lenders.isEmpty();
  }

  /** Recalls that are not over, by the gang that they are for. */
  ImmutableSortedMap<GangId, Eviction> underWay() {
    return underWay;
  }

  /**
   * The snapshot with loans.
   *
   * @param jobs that wait or run
   */
  ClusterSnapshot in(ClusterSnapshot snapshot, Iterable<ActiveJob> jobs) {
    if (!isPossible()) {
      return snapshot;
    }
    TreeMap<GangId, Loans.Borrower> borrowers = new TreeMap<>();
    for (ActiveJob job : jobs) {
      if (job.borrows()) {
        borrowers.put(job.gang().id(), new Loans.Borrower(OptionalLong.of(job.checkpointMs())));
      }
    }
    ImmutableSortedMap<GangId, Loans.Borrower> all = ImmutableSortedMap.copyOf(borrowers);
    return snapshot.withLoans(
        quota.loans(
            snapshot,
            lenders,
            all,
            ImmutableSortedMap.of(),
            resting.within(COOL_DOWN_MS, snapshot.nowMs())));
  }

  /**
   * What a plan takes from running gangs.
   *
   * @param recalls new ones, under way from now on
   * @param others whose victims are gone at once
   */
  record Taken(ImmutableList<Eviction> recalls, ImmutableList<Eviction> others) {}

  /** Keeps the recalls of a plan that was made for the snapshot. */
  Taken taken(Plan plan, ClusterSnapshot snapshot) {
    if (isPossible()) {
      ImmutableList<String> violations = PlanLaws.violations(plan, snapshot);
      checkState(violations.isEmpty(), "a plan with loans breaks laws: %s", violations);
    }
    ImmutableSortedMap.Builder<GangId, Eviction> kept = ImmutableSortedMap.naturalOrder();
    ImmutableList.Builder<Eviction> recalls = ImmutableList.builder();
    ImmutableList.Builder<Eviction> others = ImmutableList.builder();
    for (Eviction eviction : plan.evictions().values()) {
      if (underWay.containsKey(eviction.gang())) {
        kept.put(eviction.gang(), eviction);
      } else if (snapshot.loans().isRecall(eviction)) {
        kept.put(eviction.gang(), eviction);
        recalls.add(eviction);
        resting.calledBack(eviction, snapshot);
      } else {
        others.add(eviction);
      }
    }
    underWay = kept.build();
    return new Taken(recalls.build(), others.build());
  }
}
