package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.NodeState;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerImpl;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.NodeType;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerAppUtils;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerUtils;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.SchedulingMode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.ContainerAllocationProposal;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.PendingAsk;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.ResourceCommitRequest;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.SchedulerContainer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerNode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.placement.AppPlacementAllocator;
import org.apache.hadoop.yarn.server.scheduler.SchedulerRequestKey;
import org.apache.hadoop.yarn.server.utils.BuilderUtils;
import org.apache.hadoop.yarn.util.resource.Resources;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Placement.Member;

/**
 * Commits placements: each validated anew on the books as they are, then member by member, whole or
 * not at all.
 *
 * <p>Lock order: scheduler, gate, then inside YARN application and queues. An application's own
 * lock is never held across a commit, since a releasing application master takes queue and
 * application the other way round.
 */
class YarnPlanExecutor {
  private static final Logger LOG = LoggerFactory.getLogger(YarnPlanExecutor.class);

  private final GpuScheduler scheduler;

  YarnPlanExecutor(GpuScheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** What became of a placement. */
  enum Outcome {
    COMMITTED,
    /** The cluster or the asks moved on; the next cycle plans again. */
    STALE,
    /** A queue or user limit refused it. */
    REFUSED
  }

  /** One member, with YARN's own objects. */
  record Slot(SchedulerRequestKey key, Resource size, FiCaSchedulerNode node) {}

  Outcome commit(Placement placement) {
    scheduler.committingLock().lock();
    try {
      GangState gang = scheduler.gangs().gang(placement.gang());
      FiCaSchedulerApp app = gang == null ? null : scheduler.getApplicationAttempt(gang.attempt);
      if (gang == null
          || app == null
          || app.isStopped()
          || !app.getApplicationAttemptId().equals(gang.attempt)) {
        return Outcome.STALE;
      }
      gang.gate.writeLock().lock();
      try {
        return commit(placement, gang, app);
      } finally {
        gang.gate.writeLock().unlock();
      }
    } finally {
      scheduler.committingLock().unlock();
    }
  }

  private Outcome commit(Placement placement, GangState gang, FiCaSchedulerApp app) {
    List<Slot> slots = slots(placement, app);
    if (slots.isEmpty() || !nodesTake(slots, app)) {
      return Outcome.STALE;
    }
    if (!gang.started() && placement.members().size() < gang.minimum()) {
      return Outcome.STALE; // the minimum before these further members was not committed
    }
    if (placement.members().stream().allMatch(Member::lent)) {
      return lend(slots, gang, app);
    }
    TreeMap<String, Resource> totals = new TreeMap<>();
    for (Slot slot : slots) {
      totals.merge(slot.node.getPartition(), slot.size, Resources::add);
    }
    if (new LimitCheck(scheduler.getClusterResource()).refusal(app, totals).isPresent()) {
      return Outcome.REFUSED;
    }
    if (!bookAll(slots, app)) {
      return Outcome.STALE;
    }
    gang.start(scheduler.getClock().getTime());
    return Outcome.COMMITTED;
  }

  private Outcome lend(List<Slot> slots, GangState gang, FiCaSchedulerApp app) {
    if (!new Lending(scheduler, app).lendAll(slots, gang)) {
      return Outcome.STALE;
    }
    gang.start(scheduler.getClock().getTime());
    return Outcome.COMMITTED;
  }

  /** Books all members or none, whatever happens on the way. */
  private boolean bookAll(List<Slot> slots, FiCaSchedulerApp app) {
    List<RMContainer> members = new ArrayList<>();
    boolean whole = false;
    try {
      for (Slot slot : slots) {
        RMContainer member = book(slot, app);
        if (member == null) {
          return false;
        }
        members.add(member);
      }
      whole = true;
      return true;
    } finally {
      if (!whole) {
        rollBack(members);
      }
    }
  }

  /** The members with the asks that are outstanding now, or none if those have changed. */
  private ImmutableList<Slot> slots(Placement placement, FiCaSchedulerApp app) {
    ImmutableList.Builder<Slot> slots = ImmutableList.builder();
    Map<AskKey, Integer> counts = new HashMap<>();
    for (Member member : placement.members()) {
      SchedulerRequestKey key =
          SchedulerRequestKey.create(
              ResourceRequest.newBuilder()
                  .priority(Priority.newInstance(member.key().priority()))
                  .allocationRequestId(member.key().allocationRequestId())
                  .build());
      AppPlacementAllocator<FiCaSchedulerNode> allocator = app.getAppPlacementAllocator(key);
      FiCaSchedulerNode node = node(member);
      if (allocator == null || node == null) {
        return ImmutableList.of();
      }
      PendingAsk ask = allocator.getPendingAsk(ResourceRequest.ANY);
      int count = counts.merge(member.key(), 1, Integer::sum);
      boolean unchanged =
          ask.getCount() >= count
              && YarnResources.of(ask.getPerAllocationResource()).equals(member.size())
              && allocator.getPrimaryRequestedNodePartition().equals(node.getPartition());
      if (!unchanged) {
        return ImmutableList.of();
      }
      slots.add(new Slot(key, ask.getPerAllocationResource(), node));
    }
    return slots.build();
  }

  private @Nullable FiCaSchedulerNode node(Member member) {
    return scheduler.getNode(NodeId.fromString(member.node().value()));
  }

  private static boolean nodesTake(List<Slot> slots, FiCaSchedulerApp app) {
    Map<FiCaSchedulerNode, Resource> wanted = new HashMap<>();
    for (Slot slot : slots) {
      wanted.merge(slot.node, slot.size, Resources::add);
    }
    return wanted.entrySet().stream()
        .allMatch(
            node ->
                node.getKey().getRMNode().getState() == NodeState.RUNNING
                    && node.getKey().getReservedContainer() == null
                    && !SchedulerAppUtils.isPlaceBlacklisted(app, node.getKey(), LOG)
                    && Resources.fitsIn(
                        Resources.add(node.getValue(), Lent.on(node.getKey())),
                        node.getKey().getUnallocatedResource()));
  }

  /** Books one member; null if the application or its ask is gone. */
  @Nullable RMContainer book(Slot slot, FiCaSchedulerApp app) {
    Container container =
        BuilderUtils.newContainer(
            null,
            slot.node.getNodeID(),
            slot.node.getHttpAddress(),
            slot.size,
            slot.key.getPriority(),
            null,
            slot.key.getAllocationRequestId());
    RMContainer member = app.allocate(slot.node, slot.key, container);
    if (member == null) {
      return null;
    }
    ImmutableSet<String> devices = Devices.free(slot.node, YarnResources.gpus(slot.size));
    ((RMContainerImpl) member).setAllocationTags(devices);
    NodeType locality = locality(slot, app);
    SchedulerContainer<FiCaSchedulerApp, FiCaSchedulerNode> booked =
        new SchedulerContainer<>(app, slot.node, member, slot.node.getPartition(), true);
    List<ContainerAllocationProposal<FiCaSchedulerApp, FiCaSchedulerNode>> proposals =
        new ArrayList<>();
    proposals.add(
        new ContainerAllocationProposal<>(
            booked,
            null,
            null,
            locality,
            locality,
            SchedulingMode.RESPECT_PARTITION_EXCLUSIVITY,
            slot.size));
    boolean applied =
        app.apply(
            scheduler.getClusterResource(),
            new ResourceCommitRequest<>(proposals, null, null),
            true);
    return applied ? member : null;
  }

  private static NodeType locality(Slot slot, FiCaSchedulerApp app) {
    AppPlacementAllocator<FiCaSchedulerNode> allocator = app.getAppPlacementAllocator(slot.key);
    if (allocator != null && allocator.canAllocate(NodeType.NODE_LOCAL, slot.node)) {
      return NodeType.NODE_LOCAL;
    }
    return allocator != null && allocator.canAllocate(NodeType.RACK_LOCAL, slot.node)
        ? NodeType.RACK_LOCAL
        : NodeType.OFF_SWITCH;
  }

  /**
   * Gives back what was booked. KILL, since RELEASED is not legal for a container that its
   * application master has not fetched; the asks come back by themselves.
   */
  private void rollBack(List<RMContainer> members) {
    LOG.warn("Rolling back {} members of a gang that could not be completed", members.size());
    for (RMContainer member : members) {
      scheduler.completedContainer(
          member,
          SchedulerUtils.createAbnormalContainerStatus(member.getContainerId(), "gang rolled back"),
          RMContainerEventType.KILL);
    }
  }
}
