package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.attempt.RMAppAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;

/**
 * The containers with GPUs that an application attempt holds, its AM container aside.
 *
 * @param members where they are
 * @param sinceMs when the first of them was allocated, epoch milliseconds; meaningless if none is
 */
record LiveMembers(ImmutableList<Member> members, long sinceMs) {

  static LiveMembers of(FiCaSchedulerApp app, @Nullable ContainerId appMaster) {
    ImmutableList.Builder<Member> members = ImmutableList.builder();
    long sinceMs = Long.MAX_VALUE;
    for (RMContainer container : containers(app, appMaster)) {
      members.add(member(container));
      sinceMs = Math.min(sinceMs, container.getCreationTime());
    }
    return new LiveMembers(members.build(), sinceMs);
  }

  static Member member(RMContainer container) {
    return new Member(
        new AskKey(
            container.getAllocatedPriority().getPriority(),
            container.getContainer().getAllocationRequestId()),
        YarnResources.of(container.getAllocatedResource()),
        new NodeId(container.getAllocatedNode().toString()),
        Lent.isLoan(container));
  }

  /**
   * The AM container; null before there is one. Ask before the scheduler's lock: an attempt holds
   * its own lock while it waits for a gang's gate. The container's own flag is late by a moment.
   */
  static @Nullable ContainerId appMaster(GangState gang, RMContext context) {
    RMApp app = context.getRMApps().get(gang.attempt.getApplicationId());
    RMAppAttempt attempt = app == null ? null : app.getRMAppAttempt(gang.attempt);
    Container master = attempt == null ? null : attempt.getMasterContainer();
    return master == null ? null : master.getId();
  }

  static List<RMContainer> containers(FiCaSchedulerApp app, @Nullable ContainerId appMaster) {
    List<RMContainer> containers = new ArrayList<>();
    for (RMContainer container : app.getLiveContainers()) {
      boolean isAppMaster =
          container.isAMContainer() || container.getContainerId().equals(appMaster);
      if (!isAppMaster && YarnResources.gpus(container.getAllocatedResource()) > 0) {
        containers.add(container);
      }
    }
    return containers;
  }

  int count() {
    return members.size();
  }

  boolean any() {
    return !members.isEmpty();
  }

  boolean anyLent() {
    return members.stream().anyMatch(Member::lent);
  }

  boolean anyOwned() {
    return !members.stream().allMatch(Member::lent);
  }
}
