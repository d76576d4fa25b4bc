package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.NodeState;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.AbstractParentQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacitySchedulerConfiguration;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerNode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.placement.AppPlacementAllocator;
import org.apache.hadoop.yarn.server.scheduler.SchedulerRequestKey;
import org.apache.hadoop.yarn.util.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;

/**
 * Copies YARN's state into a snapshot, under the scheduler's read lock; nothing of YARN survives in
 * it. O(nodes + queues + live containers of GPU jobs).
 */
final class SnapshotBuilder {
  private static final ImmutableSortedSet<NodeState> KNOWN_BUT_ABSENT =
      ImmutableSortedSet.of(
          NodeState.LOST, NodeState.UNHEALTHY, NodeState.REBOOTED, NodeState.DECOMMISSIONING);

  private final GpuScheduler scheduler;

  /** Whether a host's name resolves: a member elsewhere would drop out of its gang on the wire. */
  private final ConcurrentHashMap<String, Boolean> resolvable = new ConcurrentHashMap<>();

  SnapshotBuilder(GpuScheduler scheduler) {
    this.scheduler = scheduler;
  }

  ClusterSnapshot build(
      long nowMs, boolean settled, ImmutableSortedMap<String, Reservation> reservations) {
    resolveHosts();
    Map<GangState, ContainerId> appMasters = appMasters();
    scheduler.planningLock().lock();
    try {
      ClusterSnapshot cluster = cluster(nowMs, settled, reservations);
      LimitCheck limits = new LimitCheck(scheduler.getClusterResource());
      ImmutableList.Builder<Gang> gangs = ImmutableList.builder();
      for (GangState state : scheduler.gangs().all()) {
        FiCaSchedulerApp app = scheduler.getApplicationAttempt(state.attempt);
        if (app != null
            && app.getApplicationAttemptId().equals(state.attempt)
            && !app.isStopped()) {
          gang(state, app, appMasters.get(state), limits).ifPresent(gangs::add);
        }
      }
      return new ClusterSnapshot(
          nowMs, settled, cluster.nodes(), cluster.queues(), gangs.build(), reservations);
    } finally {
      scheduler.planningLock().unlock();
    }
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
    ImmutableSortedMap<NodeId, Node> nodes = nodes();
    TreeSet<String> partitions = new TreeSet<>(ImmutableList.of(""));
    nodes.values().forEach(node -> partitions.add(node.partition()));
    return new ClusterSnapshot(
        nowMs, settled, nodes, queues(partitions), ImmutableList.of(), reservations);
  }

  private void resolveHosts() {
    Set<String> hosts = new HashSet<>();
    for (FiCaSchedulerNode node : scheduler.getNodeTracker().getAllNodes()) {
      hosts.add(node.getNodeID().getHost());
    }
    resolvable.keySet().retainAll(hosts);
    for (String host : hosts) {
      resolvable.computeIfAbsent(host, name -> !new InetSocketAddress(name, 0).isUnresolved());
    }
  }

  /**
   * The AM containers, read before the scheduler's lock: an attempt holds its own lock while it
   * waits for a gang's gate. The container's own flag is late by a moment.
   */
  private Map<GangState, ContainerId> appMasters() {
    Map<GangState, ContainerId> appMasters = new HashMap<>();
    for (GangState state : scheduler.gangs().all()) {
      RMApp app = scheduler.getRMContext().getRMApps().get(state.attempt.getApplicationId());
      RMAppAttempt attempt = app == null ? null : app.getRMAppAttempt(state.attempt);
      if (attempt != null && attempt.getMasterContainer() != null) {
        appMasters.put(state, attempt.getMasterContainer().getId());
      }
    }
    return appMasters;
  }

  private ImmutableSortedMap<NodeId, Node> nodes() {
    Map<NodeId, Node> nodes = new TreeMap<>();
    RMContext context = scheduler.getRMContext();
    addAbsent(nodes, context.getRMNodes().values());
    addAbsent(nodes, context.getInactiveRMNodes().values());
    for (FiCaSchedulerNode node : scheduler.getNodeTracker().getAllNodes()) {
      NodeId id = new NodeId(node.getNodeID().toString());
      org.yarngpu.model.Resources total = YarnResources.of(node.getTotalResource());
      if (total.gpus() == 0) {
        nodes.remove(id);
        continue;
      }
      org.yarngpu.model.Resources unallocated = YarnResources.of(node.getUnallocatedResource());
      boolean open =
          node.getRMNode().getState() == NodeState.RUNNING
              && node.getReservedContainer() == null
              && resolvable.getOrDefault(node.getNodeID().getHost(), false);
      nodes.put(
          id,
          new Node(
              id,
              node.getNodeName(),
              node.getRackName(),
              node.getPartition(),
              total,
              total.minusAtMost(total.minusAtMost(unallocated)),
              open));
    }
    return ImmutableSortedMap.copyOf(nodes);
  }

  /** Adds nodes that may come back, so that nothing is refused for good while they are away. */
  private static void addAbsent(Map<NodeId, Node> nodes, Collection<RMNode> absent) {
    for (RMNode node : absent) {
      Resource capability = node.getTotalCapability();
      if (KNOWN_BUT_ABSENT.contains(node.getState())
          && capability != null
          && YarnResources.gpus(capability) > 0) {
        NodeId id = new NodeId(node.getNodeID().toString());
        Set<String> labels = node.getNodeLabels();
        nodes.put(
            id,
            new Node(
                id,
                node.getHostName(),
                node.getRackName(),
                labels == null || labels.isEmpty() ? "" : labels.iterator().next(),
                YarnResources.of(capability),
                org.yarngpu.model.Resources.NONE,
                false));
      }
    }
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

  private Optional<Gang> gang(
      GangState state, FiCaSchedulerApp app, @Nullable ContainerId appMaster, LimitCheck limits) {
    List<Ask> asks = new ArrayList<>();
    Map<SchedulerRequestKey, Resource> sizes = new HashMap<>();
    Optional<Rejection> unsupported = Optional.empty();
    if (!state.beforeAppMaster()) {
      for (SchedulerRequestKey key : app.getSchedulerKeys()) {
        @Nullable Ask ask = ask(app, key, sizes);
        if (ask != null) {
          asks.add(ask);
          unsupported = unsupported.or(() -> unsupported(sizes.get(key)));
        }
      }
      asks.sort(Comparator.comparing(Ask::key));
    }
    int live = liveMembers(app, appMaster);
    if (live > 0) {
      state.start();
    }
    int asked = asks.stream().mapToInt(Ask::count).sum();
    if (state.started() && live == 0 && asked >= state.minimum()) {
      // The application master starts over: the members that succeeded before do not count.
      state.forgetSuccesses();
    }
    int missing = missing(state, live, asked);
    state.noteMissing(live > 0 ? missing : 0, live);
    if (asked == 0 && (state.started() || !state.isDeclared())) {
      return Optional.empty();
    }
    Gang.Phase phase =
        !state.started()
            ? Gang.Phase.WAITING
            : missing > 0 ? Gang.Phase.REPLACING : Gang.Phase.GROWING;
    Gang gang =
        new Gang(
            state.id,
            app.getCSLeafQueue().getQueuePath(),
            app.getUser(),
            app.getPriority().getPriority(),
            state.waitingSinceMs,
            phase == Gang.Phase.GROWING
                ? 1
                : phase == Gang.Phase.WAITING ? state.minimum() : missing,
            phase,
            ImmutableList.copyOf(asks),
            ImmutableSortedSet.copyOf(app.getBlacklistedNodes()),
            unsupported,
            phase == Gang.Phase.WAITING ? state.deadlineMs() : OptionalLong.empty());
    return Optional.of(
        gang.complete() && unsupported.isEmpty() && asked > 0
            ? gang.withLimit(limits.refusal(app, totals(gang, sizes)))
            : gang);
  }

  /** Members of the declared minimum that a started gang has lost. */
  private static int missing(GangState state, int live, int asked) {
    if (!state.isDeclared() || !state.started()) {
      return 0;
    }
    int absent = state.minimum() - live;
    return Math.max(0, state.seenFromStart ? absent - state.succeeded() : Math.min(absent, asked));
  }

  private static int liveMembers(FiCaSchedulerApp app, @Nullable ContainerId appMaster) {
    int live = 0;
    for (RMContainer container : app.getLiveContainers()) {
      boolean isAppMaster =
          container.isAMContainer() || container.getContainerId().equals(appMaster);
      if (!isAppMaster && YarnResources.gpus(container.getAllocatedResource()) > 0) {
        live++;
      }
    }
    return live;
  }

  private static @Nullable Ask ask(
      FiCaSchedulerApp app, SchedulerRequestKey key, Map<SchedulerRequestKey, Resource> sizes) {
    AppPlacementAllocator<FiCaSchedulerNode> allocator = app.getAppPlacementAllocator(key);
    if (allocator == null) {
      return null;
    }
    Map<String, ResourceRequest> rows = allocator.getResourceRequests();
    ResourceRequest any = rows.get(ResourceRequest.ANY);
    if (any == null
        || any.getNumContainers() <= 0
        || YarnResources.gpus(any.getCapability()) == 0) {
      return null;
    }
    sizes.put(key, any.getCapability());
    return new Ask(
        new AskKey(key.getPriority().getPriority(), key.getAllocationRequestId()),
        YarnResources.of(any.getCapability()),
        any.getNumContainers(),
        allocator.getPrimaryRequestedNodePartition(),
        locality(any, rows.values()));
  }

  private static Locality locality(ResourceRequest any, Collection<ResourceRequest> rows) {
    if (any.getRelaxLocality()) {
      return Locality.ANYWHERE;
    }
    ImmutableSortedSet.Builder<String> hosts = ImmutableSortedSet.naturalOrder();
    ImmutableSortedSet.Builder<String> racks = ImmutableSortedSet.naturalOrder();
    for (ResourceRequest row : rows) {
      boolean isRack = row.getResourceName().startsWith("/");
      if (row.getNumContainers() <= 0 || row.getResourceName().equals(ResourceRequest.ANY)) {
        continue;
      }
      if (!isRack) {
        hosts.add(row.getResourceName());
      } else if (row.getRelaxLocality()) {
        racks.add(row.getResourceName());
      }
    }
    return new Locality(false, hosts.build(), racks.build());
  }

  private static Optional<Rejection> unsupported(@Nullable Resource size) {
    String other = size == null ? "" : YarnResources.otherType(size);
    return other.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Rejection(
                Reason.UNSUPPORTED_ASK,
                "the ask has %s beside a GPU; the planner knows memory, vcores and yarn.io/gpu"
                    .formatted(other)));
  }

  private static Map<String, Resource> totals(Gang gang, Map<SchedulerRequestKey, Resource> sizes) {
    Map<String, Resource> totals = new TreeMap<>();
    Map<AskKey, Resource> byKey = new HashMap<>();
    sizes.forEach(
        (key, size) ->
            byKey.put(
                new AskKey(key.getPriority().getPriority(), key.getAllocationRequestId()), size));
    for (Ask ask : gang.minimumAsks()) {
      Resource size = byKey.get(ask.key());
      if (size != null) {
        totals.merge(ask.partition(), Resources.multiply(size, ask.count()), Resources::add);
      }
    }
    return totals;
  }
}
