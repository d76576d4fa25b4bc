package org.yarngpu.sim.lend;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.Workload;

/**
 * A cluster of equal nodes with two queues, each of which gets what it owns and no more.
 *
 * @param nodes at least 1
 * @param gpusPerNode at least 1
 * @param inferenceGpus owned by the queue of the services; the rest is that of the jobs; neither
 *     may have none
 */
public record Pools(int nodes, int gpusPerNode, int inferenceGpus) {
  static final String TRAIN = "train";
  static final String INFERENCE = "inference";

  public Pools {
    checkArgument(
        0 < inferenceGpus && inferenceGpus < nodes * gpusPerNode,
        "of %s GPUs services can own at least 1 and not all, but %s was asked for",
        nodes * gpusPerNode,
        inferenceGpus);
  }

  public Inventory inventory() {
    return Inventory.uniform(nodes, gpusPerNode);
  }

  public int trainGpus() {
    return nodes * gpusPerNode - inferenceGpus;
  }

  /** Both queues. */
  public QueueTree queues() {
    return new QueueTree(
        ImmutableList.of(
            new QueueTree.Node("root", "", false, 1, 1, 0),
            leaf(TRAIN, trainGpus()),
            leaf(INFERENCE, inferenceGpus)));
  }

  private QueueTree.Node leaf(String name, int gpus) {
    double share = gpus / (double) (nodes * gpusPerNode);
    return new QueueTree.Node("root." + name, "root", true, share, share, 0);
  }

  /** The workload with each job and service in its queue, whatever queue it names. */
  public Workload sorted(Workload workload) {
    return workload
        .withJobs(
            workload.jobs().stream()
                .map(job -> job.inQueue(TRAIN))
                .collect(ImmutableList.toImmutableList()))
        .withServices(
            workload.services().stream()
                .map(service -> service.inQueue(INFERENCE))
                .collect(ImmutableList.toImmutableList()));
  }
}
