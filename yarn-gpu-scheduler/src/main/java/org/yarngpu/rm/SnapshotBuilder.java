package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.AbstractParentQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacitySchedulerConfiguration;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.jspecify.annotations.Nullable;
import org.yarngpu.config.PreemptionMode;
import org.yarngpu.config.Settings;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.RunningGang;

/**
 * Copies YARN's state into a snapshot, under the scheduler's read lock; nothing of YARN survives in
 * it. O(nodes + queues + live containers of GPU jobs).
 */
final class SnapshotBuilder {
  private final GpuScheduler scheduler;

  private final NodeInventory inventory;

  SnapshotBuilder(GpuScheduler scheduler) {
    this.scheduler = scheduler;
    this.inventory = new NodeInventory(scheduler);
  }

  ClusterSnapshot build(
      long nowMs, boolean settled, ImmutableSortedMap<String, Reservation> reservations) {
    inventory.resolveHosts();
    Map<GangState, ContainerId> appMasters = appMasters();
    scheduler.planningLock().lock();
    try {
      ClusterSnapshot cluster = cluster(nowMs, settled, reservations);
      boolean lends = !scheduler.settings().lenders().isEmpty();
      LimitCheck limits = new LimitCheck(scheduler.getClusterResource());
      ImmutableList.Builder<Gang> gangs = ImmutableList.builder();
      List<RunningGang> running = new ArrayList<>();
      ImmutableMap.Builder<GangId, Long> evictionCostsMs = ImmutableMap.builder();
      for (GangState state : scheduler.gangs().all()) {
        FiCaSchedulerApp app = scheduler.getApplicationAttempt(state.attempt);
        if (app != null
            && app.getApplicationAttemptId().equals(state.attempt)
            && !app.isStopped()) {
          LiveMembers members = LiveMembers.of(app, appMasters.get(state));
          Optional<Elastic> elastic = elastic(state, members, nowMs);
          Asks.gang(state, app, members, cluster.nodes(), elastic, limits, lends)
              .ifPresent(gangs::add);
          evictionCostMs(state).ifPresent(costMs -> evictionCostsMs.put(state.id, costMs));
          if (members.any()) {
            running.add(running(state, app, members, elastic, nowMs));
          }
        }
      }
      return new ClusterSnapshot(
              nowMs, settled, cluster.nodes(), cluster.queues(), gangs.build(), reservations)
          .withForecasts(ImmutableList.copyOf(running), ImmutableMap.of())
          .withEvictionCosts(evictionCostsMs.build());
    } finally {
      scheduler.planningLock().unlock();
    }
  }

  private Optional<Elastic> elastic(GangState state, LiveMembers members, long nowMs) {
    return state.isElastic()
        ? Optional.of(
            new Elastic(
                members.count(),
                state.minimum(),
                state.maximum(),
                state.growsFromMs(members.count(), nowMs, scheduler.settings().elasticPeriodMs())))
        : Optional.empty();
  }

  private RunningGang running(
      GangState state,
      FiCaSchedulerApp app,
      LiveMembers members,
      Optional<Elastic> elastic,
      long nowMs) {
    long startedMs = state.startedMs().orElse(state.waitingSinceMs());
    return new RunningGang(
        state.id,
        members.members(),
        Math.max(0, startedMs - state.waitingSinceMs() - state.attainedBeforeMs()),
        terms(state, app, startedMs, nowMs),
        elastic);
  }

  /** Only gangs that say so are one; the members of others may have nothing to do together. */
  private Optional<EvictionTerms> terms(
      GangState state, FiCaSchedulerApp app, long startedMs, long nowMs) {
    if (!state.isDeclared() || state.isService()) {
      return Optional.empty();
    }
    Settings settings = scheduler.settings();
    return Optional.of(
        new EvictionTerms(
            app.getCSLeafQueue().getQueuePath(),
            app.getPriority().getPriority(),
            startedMs,
            state
                .declaration
                .checkpoint()
                .map(interval -> OptionalLong.of(interval.toMillis()))
                .orElse(OptionalLong.empty()),
            state.savedMs(startedMs, nowMs),
            settings.preemptionRestartMs(),
            scheduler.gangs().evictions(state.attempt.getApplicationId()),
            settings.preemptionMinRunMs()));
  }

  /**
   * The restart, and half of what is saved at a time, which is lost on average. Empty of a gang
   * that saves nothing, and where nobody is evicted.
   */
  private Optional<Long> evictionCostMs(GangState state) {
    Settings settings = scheduler.settings();
    return settings.preemption() == PreemptionMode.ON && state.isDeclared() && !state.isService()
        ? state
            .declaration
            .checkpoint()
            .map(interval -> settings.preemptionRestartMs() + interval.toMillis() / 2)
        : Optional.empty();
  }

  /** Nodes and queues alone, to judge a submission. */
  ClusterSnapshot buildCluster(long nowMs, boolean settled) {
    scheduler.planningLock().lock();
    try {
      return cluster(nowMs, settled, ImmutableSortedMap.of());
    } finally {
      scheduler.planningLock().unlock();
    }
  }

  private ClusterSnapshot cluster(
      long nowMs, boolean settled, ImmutableSortedMap<String, Reservation> reservations) {
    ImmutableSortedMap<NodeId, Node> nodes = inventory.nodes();
    TreeSet<String> partitions = new TreeSet<>(ImmutableList.of(""));
    nodes.values().forEach(node -> partitions.add(node.partition()));
    return new ClusterSnapshot(
        nowMs, settled, nodes, queues(partitions), ImmutableList.of(), reservations);
  }

  private Map<GangState, ContainerId> appMasters() {
    Map<GangState, ContainerId> appMasters = new HashMap<>();
    for (GangState state : scheduler.gangs().all()) {
      ContainerId master = LiveMembers.appMaster(state, scheduler.getRMContext());
      if (master != null) {
        appMasters.put(state, master);
      }
    }
    return appMasters;
  }

  private ImmutableMap<String, Queue> queues(Set<String> partitions) {
    Map<String, Queue> queues = new TreeMap<>();
    for (CSQueue queue : scheduler.getCapacitySchedulerQueueManager().getQueues().values()) {
      ImmutableMap.Builder<String, Queue.Share> shares = ImmutableMap.builder();
      for (String partition : partitions) {
        shares.put(
            partition,
            new Queue.Share(
                YarnResources.of(queue.getEffectiveCapacity(partition)),
                YarnResources.of(queue.getEffectiveMaxCapacity(partition)),
                YarnResources.of(queue.getQueueResourceUsage().getUsed(partition))));
      }
      CSQueue parent = queue.getParent();
      queues.put(
          queue.getQueuePath(),
          new Queue(
              queue.getQueuePath(),
              parent == null ? "" : parent.getQueuePath(),
              servesByPriority(parent) ? queue.getPriority().getPriority() : 0,
              shares.build()));
    }
    return ImmutableMap.copyOf(queues);
  }

  private static boolean servesByPriority(@Nullable CSQueue parent) {
    return parent instanceof AbstractParentQueue byPolicy
        && byPolicy
            .getQueueOrderingPolicy()
            .getConfigName()
            .equals(CapacitySchedulerConfiguration.QUEUE_PRIORITY_UTILIZATION_ORDERING_POLICY);
  }
}
