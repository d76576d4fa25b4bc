package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeFinishedContainersPulledByAMEvent;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeImpl;

/**
 * Has {@code RMNodeImpl} forget that containers have ended, so that it tells of their end when it
 * comes.
 *
 * <p>The plain event does so with the next heartbeat, but has the node drop the containers as soon
 * as they end, now and then before it has reported that (3.4.2, 3.5.0). All that this one uses of
 * it is that its containers are asked for under the lock that guards the set of the ended.
 */
final class ForgetEndsEvent extends RMNodeFinishedContainersPulledByAMEvent {
  private final RMNodeImpl node;

  ForgetEndsEvent(RMNodeImpl node, ImmutableList<ContainerId> containers) {
    super(node.getNodeID(), containers);
    this.node = node;
  }

  /** Asked by the node's transition; returns none for the node to drop. */
  @Override
  public List<ContainerId> getContainers() {
    node.getCompletedContainers().removeAll(super.getContainers());
    return List.of();
  }
}
