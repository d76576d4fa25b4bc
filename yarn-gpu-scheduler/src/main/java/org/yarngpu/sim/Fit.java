package org.yarngpu.sim;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import java.util.OptionalInt;

/** Which jobs a cluster could run at all, were it empty. */
public final class Fit {
  private final Inventory inventory;
  private final QueueTree queues;

  public Fit(Inventory inventory, QueueTree queues) {
    this.inventory = inventory;
    this.queues = queues;
  }

  /** Jobs that no policy could ever start: too large, or of a queue or model that is not there. */
  public ImmutableList<Job> hopeless(Workload workload) {
    return workload.jobs().stream().filter(job -> !fits(job)).collect(toImmutableList());
  }

  private boolean fits(Job job) {
    boolean anyWillDo = job.gpuModel().isEmpty() || inventory.commonModel().isEmpty();
    return anyWillDo
        ? fits(job, inventory.commonModel())
        : job.gpuModels().stream().anyMatch(model -> fits(job, model));
  }

  private boolean fits(Job job, String model) {
    OptionalInt most = queues.leafOf(job).stream().mapToInt(leaf -> most(leaf, model)).findFirst();
    long members =
        inventory.nodes().stream()
            .filter(node -> node.gpuModel().equals(model))
            .mapToLong(node -> node.gpus() / job.gpusPerMember())
            .sum();
    return members >= job.members() && most.isPresent() && job.gpus() <= most.getAsInt();
  }

  private int most(QueueTree.Node leaf, String model) {
    int installed =
        inventory.nodes().stream()
            .filter(node -> node.gpuModel().equals(model))
            .mapToInt(NodeSpec::gpus)
            .sum();
    return (int) Math.floor(installed * leaf.maximum() + 1e-9);
  }
}
