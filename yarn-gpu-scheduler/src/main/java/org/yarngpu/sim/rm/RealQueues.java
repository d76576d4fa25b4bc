package org.yarngpu.sim.rm;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.ResourceScheduler;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.AbstractLeafQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler;
import org.apache.hadoop.yarn.util.resource.DominantResourceCalculator;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.QueueTree;

/**
 * The queues of a run, in the words of the scheduler: generated so that nothing but GPUs and the
 * tree's shares limits anybody, or an operator's own file, which is used as it is.
 */
public final class RealQueues {
  private static final String CAPACITY = "yarn.scheduler.capacity.";

  private final Optional<QueueTree> tree;
  private final Optional<Path> file;

  private RealQueues(Optional<QueueTree> tree, Optional<Path> file) {
    this.tree = tree;
    this.file = file;
  }

  /** Generated for CapacityScheduler and its kin, and for FairScheduler. */
  public static RealQueues of(QueueTree tree) {
    return new RealQueues(Optional.of(tree), Optional.empty());
  }

  /** A {@code capacity-scheduler.xml}, for CapacityScheduler and its kin alone. */
  public static RealQueues ofFile(Path capacitySchedulerXml) {
    return new RealQueues(Optional.empty(), Optional.of(capacitySchedulerXml));
  }

  /** The text of {@code capacity-scheduler.xml}. */
  InputStream capacitySchedulerXml() throws IOException {
    if (file.isPresent()) {
      return Files.newInputStream(file.get());
    }
    ByteArrayOutputStream xml = new ByteArrayOutputStream();
    capacityProperties(requiredTree()).writeXml(xml);
    return new ByteArrayInputStream(xml.toByteArray());
  }

  /**
   * FairScheduler's allocation file: equal weights for all leaves, a parent weighs as much as its
   * leaves; dominant resource fairness, since plain fairness looks at memory alone; no limit on
   * application masters.
   */
  String fairSchedulerXml() {
    QueueTree queues =
        tree.orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s is a file of CapacityScheduler's; FairScheduler takes a queue tree only"
                        .formatted(file.map(Path::toString).orElse(""))));
    return "<allocations>\n"
        + "<defaultQueueSchedulingPolicy>drf</defaultQueueSchedulingPolicy>\n"
        + "<queueMaxAMShareDefault>-1.0</queueMaxAMShareDefault>\n"
        + fairQueues(queues, "root")
        + "</allocations>\n";
  }

  private static String fairQueues(QueueTree queues, String parent) {
    return queues.queues().stream()
        .filter(queue -> queue.parent().equals(parent))
        .map(
            queue ->
                "<queue name=\"%s\"%s>\n<weight>%d</weight>\n%s</queue>\n"
                    .formatted(
                        queue.name(),
                        queue.leaf() ? "" : " type=\"parent\"",
                        leavesOf(queues, queue),
                        fairQueues(queues, queue.path())))
        .collect(Collectors.joining());
  }

  private static long leavesOf(QueueTree queues, QueueTree.Node queue) {
    return queues.leaves().stream()
        .filter(leaf -> (leaf.path() + ".").startsWith(queue.path() + "."))
        .count();
  }

  /**
   * Path of the leaf that a job goes to.
   *
   * @throws IllegalArgumentException if its queue is not there
   */
  String leafOf(Job job, ResourceScheduler scheduler) {
    Optional<String> leaf =
        tree.isPresent()
            ? tree.get().leafOf(job).map(QueueTree.Node::path)
            : leafOfFile(job, scheduler);
    return leaf.orElseThrow(
        () ->
            new IllegalArgumentException(
                "job %s is in queue \"%s\", which is no leaf of the queues"
                    .formatted(job.id(), job.queue())));
  }

  private static Optional<String> leafOfFile(Job job, ResourceScheduler scheduler) {
    checkArgument(
        scheduler instanceof CapacityScheduler,
        "a capacity-scheduler.xml needs CapacityScheduler or its kin, not %s",
        scheduler.getClass().getName());
    ImmutableList<CSQueue> leaves =
        ((CapacityScheduler) scheduler)
            .getCapacitySchedulerQueueManager().getQueues().values().stream()
                .filter(queue -> queue instanceof AbstractLeafQueue)
                .distinct()
                .collect(toImmutableList());
    if (leaves.size() == 1) {
      return Optional.of(leaves.get(0).getQueuePath());
    }
    return leaves.stream()
        .filter(
            leaf ->
                leaf.getQueueShortName().equals(job.queue())
                    || leaf.getQueuePath().equals(job.queue()))
        .map(CSQueue::getQueuePath)
        .findFirst();
  }

  private static Configuration capacityProperties(QueueTree queues) {
    Configuration properties = new Configuration(false);
    properties.set(CAPACITY + "resource-calculator", DominantResourceCalculator.class.getName());
    properties.setInt(CAPACITY + "maximum-applications", 10_000_000);
    properties.setFloat(CAPACITY + "maximum-am-resource-percent", 1f);
    properties.setInt(CAPACITY + "per-node-heartbeat.maximum-offswitch-assignments", 100);
    properties.setInt(CAPACITY + "node-locality-delay", -1);
    for (QueueTree.Node queue : queues.queues()) {
      set(queues, queue, properties);
    }
    return properties;
  }

  private static void set(QueueTree queues, QueueTree.Node queue, Configuration properties) {
    String prefix = CAPACITY + queue.path() + ".";
    if (queue.leaf()) {
      // Who submits does not matter: jobs of one queue go in the order of their submission.
      properties.setFloat(prefix + "user-limit-factor", 1_000_000f);
      properties.setInt(prefix + "minimum-user-limit-percent", 100);
      properties.set(prefix + "ordering-policy", FifoOfAsking.class.getName());
    } else {
      ImmutableList<QueueTree.Node> children =
          queues.queues().stream()
              .filter(child -> child.parent().equals(queue.path()))
              .collect(toImmutableList());
      properties.set(
          prefix + "queues",
          children.stream().map(QueueTree.Node::name).collect(Collectors.joining(",")));
      double sum = children.stream().mapToDouble(QueueTree.Node::guaranteed).sum();
      checkArgument(
          Math.abs(sum - queue.guaranteed()) < 1e-4,
          "the children of queue %s are guaranteed %s of the cluster, but it has %s; CapacityScheduler wants them equal",
          queue.path(),
          sum,
          queue.guaranteed());
      if (children.stream().anyMatch(child -> child.priority() != 0)) {
        properties.set(prefix + "ordering-policy", "priority-utilization");
      }
    }
    if (!queue.parent().isEmpty()) {
      QueueTree.Node parent = requireNonNull(queues.byPath().get(queue.parent()));
      properties.setDouble(prefix + "capacity", percent(queue.guaranteed(), parent.guaranteed()));
      properties.setDouble(
          prefix + "maximum-capacity", Math.min(100, percent(queue.maximum(), parent.maximum())));
      properties.setInt(prefix + "priority", queue.priority());
    }
  }

  private static double percent(double part, double whole) {
    return whole == 0 ? 0 : 100 * part / whole;
  }

  private QueueTree requiredTree() {
    return tree.orElseThrow();
  }

  /** Writes FairScheduler's file to a temporary place. */
  Path writeFairSchedulerXml() {
    try {
      Path written = Files.createTempFile("fair-scheduler", ".xml");
      return Files.writeString(written, fairSchedulerXml());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
