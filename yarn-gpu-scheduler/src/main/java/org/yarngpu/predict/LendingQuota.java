package org.yarngpu.predict;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;
import org.yarngpu.model.Ask;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Loans.Borrower;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Queue;

/**
 * How many GPUs the lending queues can do without. What they want, asks included, is remembered
 * from snapshot to snapshot; so one object serves one course of time.
 *
 * <p>Source: this project's design; a quota of lent GPUs by forecast, as GFS (ASPLOS 2026) has it.
 * Differs from the design, which keeps the 0.95 quantile of the next hour and the tail beyond it: a
 * recall costs minutes, an idle GPU the whole hour.
 */
public final class LendingQuota {
  /**
   * For so long a loan must last to be worth its recall, which costs half a checkpoint interval,
   * the restart and the grace; and it is lent where it is likelier than not to last.
   */
  private static final long HORIZON_MS = 600_000;

  private static final double QUANTILE = 0.5;

  /** Part of what is owned that is never lent, and before a day was seen. */
  private static final double STANDBY_SHARE = 0.02;

  private static final double STANDBY_SHARE_UNKNOWN = 0.2;

  /** GPUs that may be lent, and more that may be lent to whoever can be killed at once. */
  private record Part(int lendable, int standby) {
    /**
     * @param idle that nobody is expected to want; less than 0 is none
     * @param reserve of them, if there are as many
     */
    static Part of(int idle, int reserve) {
      int standby = Math.max(0, Math.min(idle, reserve));
      return new Part(Math.max(0, idle - standby), standby);
    }
  }

  /** What may be lent of what is owned and not wanted now. */
  private interface Rule {
    Part part(int owned, int wanted, DemandForecast past);
  }

  private final Rule rule;
  private final Map<String, DemandForecast> past = new HashMap<>();

  private LendingQuota(Rule rule) {
    this.rule = rule;
  }

  /** The product's: what is not expected to be wanted in the next minutes, less a standby. */
  public static LendingQuota byForecast() {
    return new LendingQuota(LendingQuota::expectedIdle);
  }

  /** All that is idle now, to compare with. */
  public static LendingQuota idleNow() {
    return new LendingQuota((owned, wanted, past) -> Part.of(owned - wanted, 0));
  }

  /**
   * What may be lent at the moment of a snapshot. A lender that is no queue of it owns nothing.
   *
   * @param lenders paths of queues
   * @param borrowers gangs whose asks count for no queue
   * @param surplus elastic gangs that may run more members on lent GPUs
   * @param resting nodes that lend nothing new
   */
  public Loans loans(
      ClusterSnapshot snapshot,
      ImmutableSortedSet<String> lenders,
      ImmutableSortedMap<GangId, Borrower> borrowers,
      ImmutableSortedMap<GangId, Loans.Surplus> surplus,
      ImmutableSortedSet<NodeId> resting) {
    TreeSet<String> partitions = new TreeSet<>();
    for (Node node : snapshot.nodes().values()) {
      partitions.add(node.partition());
    }
    Map<String, Integer> asked = asked(snapshot, lenders, borrowers);
    ImmutableSortedMap.Builder<String, Integer> lendable = ImmutableSortedMap.naturalOrder();
    ImmutableSortedMap.Builder<String, Integer> standby = ImmutableSortedMap.naturalOrder();
    for (String partition : partitions) {
      int owned = 0;
      int wanted = asked.getOrDefault(partition, 0);
      for (String lender : lenders) {
        Queue queue = snapshot.queues().get(lender);
        if (queue != null) {
          owned += queue.share(partition).guaranteed().gpus();
          wanted += queue.share(partition).used().gpus();
        }
      }
      DemandForecast seen = past.computeIfAbsent(partition, name -> new DemandForecast());
      seen.observe(snapshot.nowMs(), wanted);
      owned = Math.min(owned, snapshot.total(partition).gpus());
      Part part = rule.part(owned, wanted, seen);
      lendable.put(partition, part.lendable());
      standby.put(partition, part.standby());
    }
    return new Loans(borrowers, surplus, lendable.build(), standby.build(), resting);
  }

  private static Part expectedIdle(int owned, int wanted, DemandForecast past) {
    OptionalDouble upper = past.upper(HORIZON_MS, QUANTILE);
    int standby = Math.max(1, (int) Math.ceil(STANDBY_SHARE * owned));
    if (upper.isEmpty()) {
      standby = Math.max(standby, (int) Math.ceil(STANDBY_SHARE_UNKNOWN * owned));
      return Part.of(owned - wanted, standby);
    }
    int most = Math.max(wanted, (int) Math.ceil(upper.getAsDouble()));
    return Part.of(owned - most, standby);
  }

  /** GPUs that the lenders' own applications ask for and do not have. */
  private static Map<String, Integer> asked(
      ClusterSnapshot snapshot,
      ImmutableSortedSet<String> lenders,
      ImmutableSortedMap<GangId, Borrower> borrowers) {
    Map<String, Integer> asked = new HashMap<>();
    for (Gang gang : snapshot.gangs()) {
      if (lenders.contains(gang.queue()) && !borrowers.containsKey(gang.id())) {
        for (Ask ask : gang.asks()) {
          asked.merge(ask.partition(), ask.size().gpus() * ask.count(), Integer::sum);
        }
      }
    }
    return asked;
  }
}
