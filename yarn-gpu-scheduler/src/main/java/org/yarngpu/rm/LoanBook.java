package org.yarngpu.rm;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.config.ConfigKey;
import org.yarngpu.config.Keys;
import org.yarngpu.config.Settings;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.planner.RestingNodes;
import org.yarngpu.predict.LendingQuota;

/**
 * How many GPUs the lending queues can do without, and where loans were called back lately. Who
 * holds a loan stands in the ResourceManager's own containers, not here; the forecast begins anew
 * with each ResourceManager. The loop's own.
 */
final class LoanBook {
  private static final Logger LOG = LoggerFactory.getLogger(LoanBook.class);

  private final LendingQuota quota = LendingQuota.byForecast();
  private final RestingNodes resting = new RestingNodes();
  private ImmutableSortedSet<String> warnedOf = ImmutableSortedSet.of();

  /** The snapshot with loans, if any queue lends or once lent. */
  ClusterSnapshot in(ClusterSnapshot snapshot, GangRegistry gangs, Settings settings) {
    ImmutableSortedSet<String> lenders = settings.lenders();
    ImmutableSortedMap<GangId, Loans.Borrower> borrowers = borrowers(snapshot, gangs);
    if (lenders.isEmpty() && borrowers.isEmpty()) {
      return snapshot;
    }
    warnOfUnknown(settings, snapshot);
    return snapshot.withLoans(
        quota.loans(
            snapshot,
            lenders,
            borrowers,
            surplus(snapshot, gangs, settings.loanSurplusQueues()),
            resting.within(settings.loanCoolDownMs(), snapshot.nowMs())));
  }

  /** Notes from where loans are called back. */
  void calledBack(Eviction recall, ClusterSnapshot snapshot) {
    resting.calledBack(recall, snapshot);
  }

  private static ImmutableSortedMap<GangId, Loans.Borrower> borrowers(
      ClusterSnapshot snapshot, GangRegistry gangs) {
    Map<GangId, Loans.Borrower> borrowers = new TreeMap<>();
    snapshot.gangs().forEach(gang -> addBorrower(gangs.gang(gang.id()), borrowers));
    snapshot.running().forEach(gang -> addBorrower(gangs.gang(gang.id()), borrowers));
    return ImmutableSortedMap.copyOf(borrowers);
  }

  private static void addBorrower(@Nullable GangState gang, Map<GangId, Loans.Borrower> borrowers) {
    if (gang != null && gang.borrows()) {
      borrowers.put(
          gang.id,
          new Loans.Borrower(
              gang.declaration
                  .checkpoint()
                  .map(interval -> OptionalLong.of(interval.toMillis()))
                  .orElse(OptionalLong.empty())));
    }
  }

  /** Elastic gangs of the queues that may, which save their work often. */
  private static ImmutableSortedMap<GangId, Loans.Surplus> surplus(
      ClusterSnapshot snapshot, GangRegistry gangs, ImmutableSortedSet<String> queues) {
    ImmutableSortedMap.Builder<GangId, Loans.Surplus> surplus = ImmutableSortedMap.naturalOrder();
    for (Gang gang : snapshot.gangs()) {
      GangState state = gangs.gang(gang.id());
      if (state != null
          && queues.contains(gang.queue())
          && !state.borrows()
          && state.mayWidenOnLoan()) {
        surplus.put(gang.id(), new Loans.Surplus(state.maximum()));
      }
    }
    return surplus.build();
  }

  private void warnOfUnknown(Settings settings, ClusterSnapshot snapshot) {
    if (!settings.lenders().equals(warnedOf)) {
      warnedOf = settings.lenders();
      warnOfUnknown(Keys.LOAN_QUEUES, warnedOf, "lends nothing", snapshot);
      warnOfUnknown(
          Keys.LOAN_SURPLUS_QUEUES, settings.loanSurplusQueues(), "borrows nothing", snapshot);
    }
  }

  private static void warnOfUnknown(
      ConfigKey<?> key, Set<String> queues, String so, ClusterSnapshot snapshot) {
    for (String queue : queues) {
      if (!snapshot.queues().containsKey(queue)) {
        LOG.warn(
            "Queue {} of {} does not exist, so it {}. Queues are named by their whole path, such"
                + " as root.inference",
            queue,
            key.name(),
            so);
      }
    }
  }
}
