package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.reflect.Reflection;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNode;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.UpdatedContainerInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Believes that a loan is lost only if its node does not report it again.
 *
 * <p>When any container that runs is missing from a node's report, or is about to be killed, {@code
 * RMNodeImpl.findLostContainers} takes each opportunistic one of the node for lost, since it looks
 * for guaranteed ones only (3.4.2, 3.5.0). The members of others would end without notice, and
 * their GPUs be handed on while they still run. One that is not lost is reported with the next
 * heartbeat, as if it had just begun.
 *
 * <p>Told and asked by the scheduler's event thread only.
 */
final class LostLoans {
  private static final Logger LOG = LoggerFactory.getLogger(LostLoans.class);

  /** What {@code RMNodeImpl} says of those; no constant there. */
  private static final String LOST = "was running but not reported from";

  private final BiPredicate<NodeId, ContainerId> isLoan;
  private final BiConsumer<NodeId, ImmutableList<ContainerId>> forgetEnds;

  /** Of each node those that were taken for lost in its last report. */
  private final Map<NodeId, Map<ContainerId, ContainerStatus>> doubted = new HashMap<>();

  /**
   * Doubts nothing yet.
   *
   * @param isLoan whether a container is one whose end the node has not reported
   * @param forgetEnds told of loans that are doubted: {@code RMNodeImpl} counts them as ended, and
   *     would not tell of their real end, which may come with the next report
   */
  LostLoans(
      BiPredicate<NodeId, ContainerId> isLoan,
      BiConsumer<NodeId, ImmutableList<ContainerId>> forgetEnds) {
    this.isLoan = isLoan;
    this.forgetEnds = forgetEnds;
  }

  /** Whether any is doubted, so that the next report of its node has to be seen. */
  boolean any() {
    return !doubted.isEmpty();
  }

  /**
   * The node, as a scheduler should see it for one heartbeat. It has each method that the interface
   * has in this release of YARN.
   */
  RMNode in(RMNode node) {
    return Reflection.newProxy(
        RMNode.class,
        (proxy, method, arguments) -> {
          try {
            Object answer = method.invoke(node, arguments);
            return method.getName().equals("pullContainerUpdates")
                ? believed(node.getNodeID(), cast(answer))
                : answer;
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        });
  }

  @SuppressWarnings("unchecked") // the method's declared type
  private static List<UpdatedContainerInfo> cast(Object updates) {
    return (List<UpdatedContainerInfo>) updates;
  }

  /**
   * What to believe of what a node has reported since it was last asked; all of it if this fails,
   * since an exception here would end the ResourceManager.
   */
  List<UpdatedContainerInfo> believed(NodeId node, List<UpdatedContainerInfo> reported) {
    try {
      return checked(node, reported);
    } catch (RuntimeException e) {
      LOG.error("What {} reports is believed unseen", node, e);
      return reported;
    }
  }

  private List<UpdatedContainerInfo> checked(NodeId node, List<UpdatedContainerInfo> reported) {
    @Nullable Map<ContainerId, ContainerStatus> before = doubted.remove(node);
    if (before == null && reported.isEmpty()) {
      return reported;
    }
    Map<ContainerId, ContainerStatus> missing = before == null ? new LinkedHashMap<>() : before;
    Map<ContainerId, ContainerStatus> doubtful = new LinkedHashMap<>();
    ImmutableSet.Builder<ContainerId> takenForLost = ImmutableSet.builder();
    ImmutableSet.Builder<ContainerId> alive = ImmutableSet.builder();
    List<UpdatedContainerInfo> believed = new ArrayList<>();
    for (UpdatedContainerInfo report : reported) {
      List<ContainerStatus> launched = new ArrayList<>();
      for (ContainerStatus status : report.getNewlyLaunchedContainers()) {
        ContainerId id = status.getContainerId();
        if (missing.containsKey(id) || doubtful.containsKey(id)) {
          missing.remove(id);
          doubtful.remove(id);
          alive.add(id);
        } else {
          launched.add(status);
        }
      }
      List<ContainerStatus> completed = new ArrayList<>();
      for (ContainerStatus status : report.getCompletedContainers()) {
        ContainerId id = status.getContainerId();
        if (isTakenForLost(status) && isLoan.test(node, id)) {
          doubtful.put(id, status);
          takenForLost.add(id);
        } else {
          missing.remove(id);
          doubtful.remove(id);
          completed.add(status);
        }
      }
      believed.add(new UpdatedContainerInfo(launched, completed, report.getUpdateContainers()));
    }
    if (!missing.isEmpty()) {
      LOG.warn("{} on loan were running but are not reported from {}", missing.keySet(), node);
      believed.add(new UpdatedContainerInfo(List.of(), List.copyOf(missing.values()), List.of()));
    }
    if (!doubtful.isEmpty()) {
      doubted.put(node, doubtful);
    }
    ImmutableList<ContainerId> found = alive.build().asList();
    if (!found.isEmpty()) {
      LOG.info("{} on loan, taken for lost by YARN, are reported from {} again", found, node);
    }
    ImmutableList<ContainerId> notEnded = takenForLost.build().asList();
    if (!notEnded.isEmpty()) {
      forgetEnds.accept(node, notEnded);
    }
    return believed;
  }

  private static boolean isTakenForLost(ContainerStatus status) {
    return status.getExitStatus() == ContainerExitStatus.ABORTED
        && status.getDiagnostics().contains(LOST);
  }
}
