package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.NodeType;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.AbstractLeafQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.SchedulingMode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.ContainerAllocationProposal;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.ResourceCommitRequest;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.SchedulerContainer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerNode;
import org.apache.hadoop.yarn.util.resource.Resources;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;

/**
 * Asks CapacityScheduler whether its queues and its user limit would accept a gang's total, as if
 * it were one container: its own check per container would refuse member k of n. The law stays
 * CapacityScheduler's, including that a user who is at most at his limit may overshoot it once.
 *
 * <p>Confined to one thread and one state of the books; equal questions are asked once.
 */
final class LimitCheck {
  private final Resource cluster;
  private final Map<Question, Optional<Rejection>> answers = new HashMap<>();

  LimitCheck(Resource cluster) {
    this.cluster = cluster;
  }

  /** Equal questions have equal answers while the books do not change. */
  private record Question(String queue, String user, String partition, Resource total) {}

  /** The first limit that refuses the total, or empty. */
  Optional<Rejection> refusal(FiCaSchedulerApp app, Map<String, Resource> totalByPartition) {
    for (Map.Entry<String, Resource> total : totalByPartition.entrySet()) {
      Question question =
          new Question(
              app.getCSLeafQueue().getQueuePath(), app.getUser(), total.getKey(), total.getValue());
      Optional<Rejection> refusal = answers.computeIfAbsent(question, asked -> refusal(app, asked));
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    return Optional.empty();
  }

  private Optional<Rejection> refusal(FiCaSchedulerApp app, Question question) {
    AbstractLeafQueue leaf = app.getCSLeafQueue();
    if (leaf.accept(cluster, proposal(app, question))) {
      return Optional.empty();
    }
    for (CSQueue queue = leaf; queue != null; queue = queue.getParent()) {
      Resource maximum = queue.getEffectiveMaxCapacity(question.partition);
      Resource used = queue.getQueueResourceUsage().getUsed(question.partition);
      if (!Resources.fitsIn(Resources.add(used, question.total), maximum)) {
        return Optional.of(
            new Rejection(
                Reason.QUEUE_AT_MAXIMUM,
                "asked %s, but queue %s uses %s of its maximum %s"
                    .formatted(question.total, queue.getQueuePath(), used, maximum)));
      }
    }
    return Optional.of(
        new Rejection(
            Reason.USER_AT_LIMIT,
            "asked %s, but user %s is above the user limit of queue %s"
                .formatted(question.total, question.user, question.queue)));
  }

  private static ResourceCommitRequest<FiCaSchedulerApp, FiCaSchedulerNode> proposal(
      FiCaSchedulerApp app, Question question) {
    SchedulerContainer<FiCaSchedulerApp, FiCaSchedulerNode> gang =
        new SchedulerContainer<>(app, null, null, question.partition, true);
    List<ContainerAllocationProposal<FiCaSchedulerApp, FiCaSchedulerNode>> proposals =
        new ArrayList<>(
            ImmutableList.of(
                new ContainerAllocationProposal<>(
                    gang,
                    null,
                    null,
                    NodeType.OFF_SWITCH,
                    NodeType.OFF_SWITCH,
                    SchedulingMode.RESPECT_PARTITION_EXCLUSIVITY,
                    question.total)));
    return new ResourceCommitRequest<>(proposals, null, null);
  }
}
