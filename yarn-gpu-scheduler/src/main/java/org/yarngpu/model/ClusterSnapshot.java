package org.yarngpu.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The cluster at one instant.
 *
 * @param nowMs that instant, epoch milliseconds
 * @param settled whether every node has had the time to register, so that what is too large for the
 *     known nodes is too large for good
 * @param nodes the nodes with GPUs
 * @param queues the queue tree, by path
 * @param gangs the waiting gangs
 * @param reservations what is held, by partition
 * @param running the gangs that hold GPUs, in any order; none where no forecasts are made
 * @param forecasts of waiting and running gangs; one without is taken never to end
 * @param promises what waiting gangs were told in the last cycle
 * @param evictions under way, by the gang that they are for
 * @param evictionsDue whether new ones may be decided in this cycle
 * @param orders how gangs are ordered within their leaf queues
 * @param loans who runs on lent GPUs, and how many may be lent
 * @param evictionCostsMs what an eviction costs each gang, waiting or running, that would yield its
 *     GPUs to others of its queue, at least 0: it saves its work, and evictions are carried out
 */
public record ClusterSnapshot(
    long nowMs,
    boolean settled,
    ImmutableSortedMap<NodeId, Node> nodes,
    ImmutableMap<String, Queue> queues,
    ImmutableList<Gang> gangs,
    ImmutableSortedMap<String, Reservation> reservations,
    ImmutableList<RunningGang> running,
    ImmutableMap<GangId, Forecast> forecasts,
    ImmutableSortedMap<GangId, Promise> promises,
    ImmutableSortedMap<GangId, Eviction> evictions,
    boolean evictionsDue,
    Orders orders,
    Loans loans,
    ImmutableMap<GangId, Long> evictionCostsMs) {

  /** Every queue by forecast alone, no loans, and nobody yields. */
  public ClusterSnapshot(
      long nowMs,
      boolean settled,
      ImmutableSortedMap<NodeId, Node> nodes,
      ImmutableMap<String, Queue> queues,
      ImmutableList<Gang> gangs,
      ImmutableSortedMap<String, Reservation> reservations,
      ImmutableList<RunningGang> running,
      ImmutableMap<GangId, Forecast> forecasts,
      ImmutableSortedMap<GangId, Promise> promises,
      ImmutableSortedMap<GangId, Eviction> evictions,
      boolean evictionsDue) {
    this(
        nowMs,
        settled,
        nodes,
        queues,
        gangs,
        reservations,
        running,
        forecasts,
        promises,
        evictions,
        evictionsDue,
        Orders.DEFAULT,
        Loans.NONE,
        ImmutableMap.of());
  }

  /** Without forecasts. */
  public ClusterSnapshot(
      long nowMs,
      boolean settled,
      ImmutableSortedMap<NodeId, Node> nodes,
      ImmutableMap<String, Queue> queues,
      ImmutableList<Gang> gangs,
      ImmutableSortedMap<String, Reservation> reservations) {
    this(
        nowMs,
        settled,
        nodes,
        queues,
        gangs,
        reservations,
        ImmutableList.of(),
        ImmutableMap.of(),
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        false);
  }

  /** The same with forecasts. */
  public ClusterSnapshot withForecasts(
      ImmutableList<RunningGang> newRunning, ImmutableMap<GangId, Forecast> newForecasts) {
    return new ClusterSnapshot(
        nowMs,
        settled,
        nodes,
        queues,
        gangs,
        reservations,
        newRunning,
        newForecasts,
        promises,
        evictions,
        evictionsDue,
        orders,
        loans,
        evictionCostsMs);
  }

  /** The same with what was promised. */
  public ClusterSnapshot withPromises(ImmutableSortedMap<GangId, Promise> newPromises) {
    return new ClusterSnapshot(
        nowMs,
        settled,
        nodes,
        queues,
        gangs,
        reservations,
        running,
        forecasts,
        newPromises,
        evictions,
        evictionsDue,
        orders,
        loans,
        evictionCostsMs);
  }

  /** The same with evictions under way, and new ones due or not. */
  public ClusterSnapshot withEvictions(
      ImmutableSortedMap<GangId, Eviction> newEvictions, boolean due) {
    return new ClusterSnapshot(
        nowMs,
        settled,
        nodes,
        queues,
        gangs,
        reservations,
        running,
        forecasts,
        promises,
        newEvictions,
        due,
        orders,
        loans,
        evictionCostsMs);
  }

  /** The same with other orders. */
  public ClusterSnapshot withOrders(Orders newOrders) {
    return new ClusterSnapshot(
        nowMs,
        settled,
        nodes,
        queues,
        gangs,
        reservations,
        running,
        forecasts,
        promises,
        evictions,
        evictionsDue,
        newOrders,
        loans,
        evictionCostsMs);
  }

  /** The same with loans. */
  public ClusterSnapshot withLoans(Loans newLoans) {
    return new ClusterSnapshot(
        nowMs,
        settled,
        nodes,
        queues,
        gangs,
        reservations,
        running,
        forecasts,
        promises,
        evictions,
        evictionsDue,
        orders,
        newLoans,
        evictionCostsMs);
  }

  /** The same where evictions cost so much. */
  public ClusterSnapshot withEvictionCosts(ImmutableMap<GangId, Long> newEvictionCostsMs) {
    return new ClusterSnapshot(
        nowMs,
        settled,
        nodes,
        queues,
        gangs,
        reservations,
        running,
        forecasts,
        promises,
        evictions,
        evictionsDue,
        orders,
        loans,
        newEvictionCostsMs);
  }

  public ClusterSnapshot {
    gangs = ImmutableList.sortedCopyOf(Comparator.comparing(Gang::id), gangs);
  }

  public @Nullable Node node(NodeId id) {
    return nodes.get(id);
  }

  /**
   * Whether the gang, were it to run, would yield to others without the question whether that pays:
   * what it is given too soon can be taken back for little.
   */
  public boolean yieldsCheaply(GangId gang) {
    @Nullable Long costMs = evictionCostsMs.get(gang);
    return costMs != null && costMs <= EvictionTerms.CHEAP_MS;
  }

  /**
   * Whether a waiting gang would run by now in the order of submission, and so comes first; never
   * one that waits for lent GPUs, or that would not yield to shorter ones once it runs.
   */
  public boolean isLate(Gang gang) {
    return gang.phase() == Gang.Phase.WAITING
        && evictionCostsMs.containsKey(gang.id())
        && !loans.isBorrower(gang.id())
        && orders.isLate(gang, forecasts.get(gang.id()), nowMs);
  }

  /** What a partition's open nodes have in all. */
  public Resources total(String partition) {
    return nodes.values().stream()
        .filter(node -> node.open() && node.partition().equals(partition))
        .map(Node::total)
        .reduce(Resources.NONE, Resources::plus);
  }
}
