package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.List;
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
  private Queues warnedOf = new Queues(ImmutableSortedSet.of(), ImmutableSortedSet.of());

  /** Those that the settings name: who lends, and whose elastic gangs borrow. */
  private record Queues(ImmutableSortedSet<String> lenders, ImmutableSortedSet<String> surplus) {}

  /** The snapshot with loans, if any queue lends or once lent. */
  ClusterSnapshot in(ClusterSnapshot snapshot, GangRegistry gangs, Settings settings) {
    ImmutableSortedSet<String> lenders = settings.lenders();
    unknown(lenders, settings.loanSurplusQueues(), snapshot.queues().keySet()).forEach(LOG::warn);
    ImmutableSortedMap<GangId, Loans.Borrower> borrowers = borrowers(snapshot, gangs);
    if (lenders.isEmpty() && borrowers.isEmpty()) {
      return snapshot;
    }
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

  /**
   * What is said in the log of queues that the settings name and that do not exist: once, until
   * either key changes.
   */
  ImmutableList<String> unknown(
      ImmutableSortedSet<String> lenders,
      ImmutableSortedSet<String> surplus,
      Set<String> existing) {
    Queues named = new Queues(lenders, surplus);
    if (named.equals(warnedOf)) {
      return ImmutableList.of();
    }
    warnedOf = named;
    return ImmutableList.<String>builder()
        .addAll(unknown(Keys.LOAN_QUEUES, lenders, "lends nothing", existing))
        .addAll(unknown(Keys.LOAN_SURPLUS_QUEUES, surplus, "borrows nothing", existing))
        .build();
  }

  private static List<String> unknown(
      ConfigKey<?> key, Set<String> queues, String so, Set<String> existing) {
    return queues.stream()
        .filter(queue -> !existing.contains(queue))
        .map(
            queue ->
                "Queue %s of %s does not exist, so it %s. Queues are named by their whole path, such as root.inference"
                    .formatted(queue, key.name(), so))
        .toList();
  }
}
