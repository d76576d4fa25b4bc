package org.yarngpu.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;

/**
 * Who holds how many GPUs, as the ResourceManager's three sets of books say at one moment.
 *
 * @param nodes by node
 * @param queues used GPUs by leaf queue, over all partitions
 * @param rootGpus used GPUs of the root queue, over all partitions
 * @param applications live containers by application, its AM container included; without
 *     opportunistic ones, which YARN charges to nobody
 * @param devicesTwice devices that two containers of one node have at once
 */
public record Books(
    ImmutableMap<String, NodeUse> nodes,
    ImmutableMap<String, Integer> queues,
    int rootGpus,
    ImmutableMap<String, AppUse> applications,
    ImmutableList<String> devicesTwice) {

  /** GPUs and containers of one node; {@code used + free} is what the node has. */
  public record NodeUse(int usedGpus, int freeGpus, long freeMemoryMib, int freeVcores) {}

  /** Live containers of one application and their GPUs. */
  public record AppUse(int containers, int gpus, int pendingGpus) {}

  public int usedGpus() {
    return nodes.values().stream().mapToInt(NodeUse::usedGpus).sum();
  }

  public int freeGpus() {
    return nodes.values().stream().mapToInt(NodeUse::freeGpus).sum();
  }

  /** What does not agree; empty if the books are exact. */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    nodes.forEach(
        (node, use) -> {
          if (use.usedGpus < 0 || use.freeGpus < 0 || use.freeMemoryMib < 0 || use.freeVcores < 0) {
            faults.add("node %s has %s".formatted(node, use));
          }
        });
    queues.forEach(
        (queue, gpus) -> {
          if (gpus < 0) {
            faults.add("queue %s uses %d GPUs".formatted(queue, gpus));
          }
        });
    int byQueue = queues.values().stream().mapToInt(Integer::intValue).sum();
    int byApplication = applications.values().stream().mapToInt(AppUse::gpus).sum();
    if (usedGpus() != byQueue || byQueue != rootGpus || byQueue != byApplication) {
      faults.add(
          "used GPUs are %d by node, %d by leaf queue, %d at the root, %d by application"
              .formatted(usedGpus(), byQueue, rootGpus, byApplication));
    }
    faults.addAll(devicesTwice);
    return faults;
  }
}
