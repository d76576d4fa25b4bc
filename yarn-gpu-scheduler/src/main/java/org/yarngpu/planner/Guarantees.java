package org.yarngpu.planner;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Queue;

/** GPUs that the queues of a partition are guaranteed and use, in the course of a plan. */
final class Guarantees {
  private final ClusterSnapshot snapshot;
  private final String partition;

  /** Since the snapshot. */
  private final Map<String, Integer> change = new HashMap<>();

  Guarantees(ClusterSnapshot snapshot, String partition) {
    this.snapshot = snapshot;
    this.partition = partition;
  }

  /** Books GPUs that the leaf and its parents use more than before, or fewer. */
  void book(String leaf, int gpus) {
    for (Queue queue = queue(leaf); queue != null; queue = queue(queue.parent())) {
      change.merge(queue.path(), gpus, Integer::sum);
    }
  }

  /** Whether the leaf uses no more than it is guaranteed once it has so many GPUs more. */
  boolean covers(String leaf, int gpus) {
    Queue queue = queue(leaf);
    return queue != null && above(queue) + gpus <= 0;
  }

  /** Whether no queue that is not the beneficiary's falls below its guarantee. */
  boolean spares(String beneficiary, Map<String, Integer> gpusByLeaf) {
    Set<String> own = new HashSet<>();
    for (Queue queue = queue(beneficiary); queue != null; queue = queue(queue.parent())) {
      own.add(queue.path());
    }
    Map<String, Integer> taken = new HashMap<>();
    gpusByLeaf.forEach(
        (leaf, gpus) -> {
          for (Queue queue = queue(leaf); queue != null; queue = queue(queue.parent())) {
            if (!own.contains(queue.path())) {
              taken.merge(queue.path(), gpus, Integer::sum);
            }
          }
        });
    return taken.entrySet().stream()
        .allMatch(
            entry -> {
              Queue queue = queue(entry.getKey());
              return queue != null && above(queue) >= entry.getValue();
            });
  }

  private int above(Queue queue) {
    Queue.Share share = queue.share(partition);
    return share.used().gpus() + change.getOrDefault(queue.path(), 0) - share.guaranteed().gpus();
  }

  private @Nullable Queue queue(String path) {
    return snapshot.queues().get(path);
  }
}
