package org.yarngpu.rm;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Maps;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.config.Settings;
import org.yarngpu.model.Ask;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Queue;
import org.yarngpu.model.RunningGang;
import org.yarngpu.predict.DemandForecast;

/**
 * How many GPUs the lending queues can do without, and where loans were called back lately. Who
 * holds a loan stands in the ResourceManager's own containers, not here; the forecast begins anew
 * with each ResourceManager. The loop's own.
 */
final class LoanBook {
  private static final Logger LOG = LoggerFactory.getLogger(LoanBook.class);

  private static final long HORIZON_MS = 3_600_000;
  private static final double QUANTILE = 0.95;
  private static final double TAIL = 0.99;
  private static final double TAIL_BELOW = 0.90;

  /** Part of what is owned that is never lent, and before a day was seen. */
  private static final double STANDBY_SHARE = 0.02;

  private static final double STANDBY_SHARE_UNKNOWN = 0.2;

  private final Map<String, DemandForecast> demand = new HashMap<>();
  private final Map<NodeId, Long> calledBackMs = new HashMap<>();
  private ImmutableSortedSet<String> warnedOf = ImmutableSortedSet.of();

  /** The snapshot with loans, if any queue lends or once lent. */
  ClusterSnapshot in(ClusterSnapshot snapshot, GangRegistry gangs, Settings settings) {
    ImmutableSortedSet<String> lenders = settings.lenders();
    ImmutableSortedMap<GangId, Loans.Borrower> borrowers = borrowers(snapshot, gangs);
    if (lenders.isEmpty() && borrowers.isEmpty()) {
      return snapshot;
    }
    warnOfUnknown(lenders, snapshot);
    calledBackMs.values().removeIf(ms -> snapshot.nowMs() - ms >= settings.loanCoolDownMs());
    Map<String, Quota> quotas = quotas(snapshot, lenders, borrowers);
    return snapshot.withLoans(
        new Loans(
            borrowers,
            ImmutableSortedMap.copyOf(Maps.transformValues(quotas, Quota::lendable)),
            ImmutableSortedMap.copyOf(Maps.transformValues(quotas, Quota::standby)),
            ImmutableSortedSet.copyOf(calledBackMs.keySet())));
  }

  /** Notes from where loans are called back. */
  void calledBack(Eviction recall, ClusterSnapshot snapshot) {
    for (RunningGang running : snapshot.running()) {
      if (recall.victims().contains(running.id())) {
        for (Member member : running.members()) {
          calledBackMs.put(member.node(), snapshot.nowMs());
        }
      }
    }
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

  /** GPUs that may be lent, and GPUs that may be lent to whoever can be killed at once. */
  private record Quota(int lendable, int standby) {
    /**
     * @param idle that nobody is expected to need
     * @param reserve of them, if there are as many
     */
    static Quota of(int idle, int reserve) {
      int standby = Math.max(0, Math.min(idle, reserve));
      return new Quota(Math.max(0, idle - standby), standby);
    }
  }

  private Map<String, Quota> quotas(
      ClusterSnapshot snapshot,
      ImmutableSortedSet<String> lenders,
      ImmutableSortedMap<GangId, Loans.Borrower> borrowers) {
    TreeSet<String> partitions = new TreeSet<>();
    for (Node node : snapshot.nodes().values()) {
      partitions.add(node.partition());
    }
    Map<String, Integer> wanted = wanted(snapshot, lenders, borrowers);
    Map<String, Quota> quotas = new TreeMap<>();
    for (String partition : partitions) {
      int owned = 0;
      int used = wanted.getOrDefault(partition, 0);
      for (String lender : lenders) {
        Queue queue = snapshot.queues().get(lender);
        if (queue != null) {
          owned += queue.share(partition).guaranteed().gpus();
          used += queue.share(partition).used().gpus();
        }
      }
      DemandForecast forecast = demand.computeIfAbsent(partition, name -> new DemandForecast());
      forecast.observe(snapshot.nowMs(), used);
      owned = Math.min(owned, snapshot.total(partition).gpus());
      quotas.put(partition, quota(owned, used, forecast));
    }
    return quotas;
  }

  private static Quota quota(int owned, int used, DemandForecast forecast) {
    OptionalDouble upper = forecast.upper(HORIZON_MS, QUANTILE);
    int standby = Math.max(1, (int) Math.ceil(STANDBY_SHARE * owned));
    if (upper.isEmpty()) {
      standby = Math.max(standby, (int) Math.ceil(STANDBY_SHARE_UNKNOWN * owned));
      return Quota.of(owned - used, standby);
    }
    double tail =
        forecast.upper(HORIZON_MS, TAIL).orElse(0)
            - forecast.upper(HORIZON_MS, TAIL_BELOW).orElse(0);
    standby = Math.max(standby, (int) Math.ceil(tail));
    int most = Math.max(used, (int) Math.ceil(upper.getAsDouble()));
    return Quota.of(owned - most, standby);
  }

  /** GPUs that the lenders' own applications ask for and do not have. */
  private static Map<String, Integer> wanted(
      ClusterSnapshot snapshot,
      ImmutableSortedSet<String> lenders,
      ImmutableSortedMap<GangId, Loans.Borrower> borrowers) {
    Map<String, Integer> wanted = new HashMap<>();
    for (Gang gang : snapshot.gangs()) {
      if (lenders.contains(gang.queue()) && !borrowers.containsKey(gang.id())) {
        for (Ask ask : gang.asks()) {
          wanted.merge(ask.partition(), ask.size().gpus() * ask.count(), Integer::sum);
        }
      }
    }
    return wanted;
  }

  private void warnOfUnknown(ImmutableSortedSet<String> lenders, ClusterSnapshot snapshot) {
    if (!lenders.equals(warnedOf)) {
      warnedOf = lenders;
      for (String lender : lenders) {
        if (!snapshot.queues().containsKey(lender)) {
          LOG.warn(
              "Queue {} of yarn.scheduler.gpu.loan.queues does not exist, so it lends nothing."
                  + " Queues are named by their whole path, such as root.inference",
              lender);
        }
      }
    }
  }
}
