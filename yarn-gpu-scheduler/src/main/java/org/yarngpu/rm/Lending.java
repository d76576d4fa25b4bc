package org.yarngpu.rm;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.server.api.ContainerType;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerImpl;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.NodeType;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerUtils;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.apache.hadoop.yarn.server.utils.BuilderUtils;
import org.jspecify.annotations.Nullable;
import org.yarngpu.rm.YarnPlanExecutor.Slot;

/**
 * Makes the members of one borrower: opportunistic containers on chosen devices, which YARN's
 * queues and nodes are not charged for. The application master gets them with its next call.
 *
 * <p>YARN's own allocator of such containers is off: it looks at no GPU. The caller holds the
 * scheduler's lock and the write side of the gang's gate.
 */
final class Lending {
  private final GpuScheduler scheduler;
  private final RMContext context;
  private final FiCaSchedulerApp app;

  Lending(GpuScheduler scheduler, FiCaSchedulerApp app) {
    this.scheduler = scheduler;
    this.context = scheduler.getRMContext();
    this.app = app;
  }

  /** Lends to all members or to none; false if a node is gone or its free devices are not known. */
  boolean lendAll(List<Slot> slots, GangState gang) {
    List<RMContainer> members = new ArrayList<>();
    for (Slot slot : slots) {
      RMContainer member = lend(slot);
      if (member == null) {
        members.forEach(this::takeBack);
        return false;
      }
      members.add(member);
    }
    List<Container> containers = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      Slot slot = slots.get(i);
      // Only the asks go down: what is granted here is on no queue's account.
      app.getAppSchedulingInfo().allocate(NodeType.OFF_SWITCH, slot.node(), slot.key(), null);
      containers.add(members.get(i).getContainer());
    }
    app.updateNMTokens(containers);
    gang.lend(containers);
    return true;
  }

  private @Nullable RMContainer lend(Slot slot) {
    ImmutableSet<String> devices = Devices.free(slot.node(), YarnResources.gpus(slot.size()));
    if (devices.isEmpty()) {
      return null; // it would see the devices of those who own theirs
    }
    ContainerId id =
        ContainerId.newContainerId(app.getApplicationAttemptId(), app.getNewContainerId());
    Container container =
        BuilderUtils.newContainer(
            id,
            slot.node().getNodeID(),
            slot.node().getHttpAddress(),
            slot.size(),
            slot.key().getPriority(),
            null,
            ExecutionType.OPPORTUNISTIC,
            slot.key().getAllocationRequestId());
    container.setAllocationTags(devices);
    container.setContainerToken(
        context
            .getContainerTokenSecretManager()
            .createContainerToken(
                id,
                0,
                slot.node().getNodeID(),
                app.getUser(),
                slot.size(),
                slot.key().getPriority(),
                scheduler.getClock().getTime(),
                null,
                slot.node().getPartition(),
                ContainerType.TASK,
                ExecutionType.OPPORTUNISTIC,
                slot.key().getAllocationRequestId(),
                devices));
    RMContainer member = SchedulerUtils.createOpportunisticRmContainer(context, container, false);
    if (member == null) {
      return null;
    }
    ((RMContainerImpl) member).setAllocationTags(devices);
    // YARN adds them for its own containers only, but takes them away with any.
    context
        .getAllocationTagsManager()
        .addContainer(slot.node().getNodeID(), id, Set.copyOf(devices));
    member.handle(new RMContainerEvent(id, RMContainerEventType.ACQUIRED));
    return member;
  }

  private void takeBack(RMContainer member) {
    scheduler.completedContainer(
        member,
        SchedulerUtils.createAbnormalContainerStatus(member.getContainerId(), "gang rolled back"),
        RMContainerEventType.KILL);
  }
}
