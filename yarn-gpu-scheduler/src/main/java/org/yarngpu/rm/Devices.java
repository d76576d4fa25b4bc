package org.yarngpu.rm;

import com.google.common.collect.ImmutableSet;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerNode;
import org.yarngpu.job.DeviceTag;

/**
 * Chooses devices by index. The books are the tags of the node's containers, so they survive a
 * restart; the tags travel in the container token.
 */
final class Devices {
  private Devices() {}

  /**
   * Tags for the lowest free devices of the node, or none if it has containers whose devices are
   * not known and too few are left: such a member then sees all devices, as on stock YARN.
   */
  static ImmutableSet<String> free(SchedulerNode node, int gpus) {
    Set<Integer> free = new TreeSet<>();
    for (int i = 0; i < YarnResources.gpus(node.getTotalResource()); i++) {
      free.add(i);
    }
    for (RMContainer container : node.getCopiedListOfRunningContainers()) {
      Set<String> tags = container.getAllocationTags();
      if (tags != null) {
        free.removeAll(DeviceTag.indexes(tags));
      }
    }
    return free.size() < gpus
        ? ImmutableSet.of()
        : free.stream().limit(gpus).map(DeviceTag::of).collect(ImmutableSet.toImmutableSet());
  }
}
