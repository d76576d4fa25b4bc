package org.yarngpu.rm;

import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.RejectedSchedulingRequest;
import org.apache.hadoop.yarn.api.records.RejectionReason;
import org.apache.hadoop.yarn.api.records.SchedulingRequest;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.Allocation;

/** What an application master is told beside what CapacityScheduler says. */
final class AmAnswer {
  private AmAnswer() {}

  /**
   * The answer with what we add.
   *
   * @param lent members on lent GPUs
   * @param noticed members that have to go, as the strict part of the preemption contract
   * @param refused requests that join those that YARN itself rejects
   */
  static Allocation of(
      Allocation stock,
      List<Container> lent,
      ImmutableSet<ContainerId> noticed,
      List<SchedulingRequest> refused) {
    if (lent.isEmpty() && noticed.isEmpty() && refused.isEmpty()) {
      return stock;
    }
    Set<ContainerId> strict = new HashSet<>(noticed);
    if (stock.getStrictContainerPreemptions() != null) {
      strict.addAll(stock.getStrictContainerPreemptions());
    }
    List<RejectedSchedulingRequest> rejected = new ArrayList<>();
    if (stock.getRejectedRequest() != null) {
      rejected.addAll(stock.getRejectedRequest());
    }
    for (SchedulingRequest request : refused) {
      rejected.add(
          RejectedSchedulingRequest.newInstance(RejectionReason.COULD_NOT_PLACE_ON_NODE, request));
    }
    List<Container> containers = new ArrayList<>(stock.getContainers());
    containers.addAll(lent);
    return new Allocation(
        containers,
        stock.getResourceLimit(),
        strict,
        stock.getContainerPreemptions(),
        stock.getResourcePreemptions(),
        stock.getNMTokens(),
        stock.getIncreasedContainers(),
        stock.getDecreasedContainers(),
        stock.getPromotedContainers(),
        stock.getDemotedContainers(),
        stock.getPreviousAttemptContainers(),
        rejected);
  }
}
