package org.yarngpu.rm;

import java.util.List;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerNode;
import org.apache.hadoop.yarn.util.resource.Resources;

/**
 * What is lent on a node. YARN charges opportunistic containers to nobody, not to the node either;
 * but it lists them until the node has reported their end.
 */
final class Lent {
  private Lent() {}

  static boolean isLoan(RMContainer container) {
    return container.getExecutionType() == ExecutionType.OPPORTUNISTIC
        && YarnResources.gpus(container.getAllocatedResource()) > 0;
  }

  /** Whether a container there is a loan, or one whose end the node has not yet reported. */
  static boolean isOn(SchedulerNode node, ContainerId id) {
    return node.getCopiedListOfRunningContainers().stream()
        .anyMatch(container -> container.getContainerId().equals(id) && isLoan(container));
  }

  /** What loans hold there, those included whose end the node has not yet reported. */
  static Resource on(SchedulerNode node) {
    List<RMContainer> containers = node.getCopiedListOfRunningContainers();
    Resource lent = Resources.createResource(0, 0);
    for (RMContainer container : containers) {
      if (isLoan(container)) {
        Resources.addTo(lent, container.getAllocatedResource());
      }
    }
    return lent;
  }
}
