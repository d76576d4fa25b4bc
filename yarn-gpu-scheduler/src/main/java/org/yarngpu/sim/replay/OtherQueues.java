package org.yarngpu.sim.replay;

import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.sim.QueueFileException;
import org.yarngpu.sim.QueueTree;

/**
 * Puts the capacities and maxima of a file in place of a snapshot's, by path, in the default
 * partition. What is in use, priorities, user limits and the shares under node labels stay as
 * recorded; a queue that only the file has is unused.
 *
 * <p>A share is the fraction of what the root queue was guaranteed, rounded down as YARN does; YARN
 * multiplies in single precision, so that one unit may be missing or too much.
 */
public final class OtherQueues {
  private static final String DEFAULT_PARTITION = "";
  private static final double TINY = 1e-9;

  private final Path file;
  private final ImmutableMap<String, QueueTree.Node> tree;

  /**
   * Of a file.
   *
   * @param file for messages
   */
  public OtherQueues(Path file, QueueTree tree) {
    this.file = file;
    this.tree = tree.byPath();
  }

  /**
   * The snapshot with these queues.
   *
   * @throws QueueFileException naming all queues with a gang, or in use, that the file lacks or has
   *     as a parent
   */
  public ClusterSnapshot in(ClusterSnapshot snapshot) throws QueueFileException {
    check(snapshot);
    @Nullable Queue root = snapshot.queues().get("root");
    Resources whole =
        root == null
            ? snapshot.total(DEFAULT_PARTITION)
            : root.share(DEFAULT_PARTITION).guaranteed();
    TreeMap<String, Queue> queues = new TreeMap<>();
    for (QueueTree.Node node : tree.values()) {
      @Nullable Queue recorded = snapshot.queues().get(node.path());
      queues.put(node.path(), queue(node, recorded, whole));
    }
    return new ClusterSnapshot(
        snapshot.nowMs(),
        snapshot.settled(),
        snapshot.nodes(),
        ImmutableMap.copyOf(queues),
        snapshot.gangs(),
        snapshot.reservations(),
        snapshot.running(),
        snapshot.forecasts(),
        snapshot.promises(),
        snapshot.evictions(),
        snapshot.evictionsDue(),
        snapshot.orders(),
        snapshot.loans(),
        snapshot.evictionCostsMs());
  }

  private static Queue queue(QueueTree.Node node, @Nullable Queue recorded, Resources whole) {
    Map<String, Queue.Share> shares = new TreeMap<>();
    if (recorded != null) {
      shares.putAll(recorded.shares());
    }
    Queue.Share before = shares.getOrDefault(DEFAULT_PARTITION, Queue.Share.NOTHING);
    shares.put(
        DEFAULT_PARTITION,
        new Queue.Share(
            part(whole, node.guaranteed()), part(whole, node.maximum()), before.used()));
    return new Queue(
        node.path(),
        node.parent(),
        recorded == null ? 0 : recorded.priority(),
        ImmutableMap.copyOf(shares));
  }

  private static Resources part(Resources whole, double fraction) {
    return new Resources(
        (long) Math.floor(whole.memoryMib() * fraction + TINY),
        (int) Math.floor(whole.vcores() * fraction + TINY),
        (int) Math.floor(whole.gpus() * fraction + TINY));
  }

  private void check(ClusterSnapshot snapshot) throws QueueFileException {
    TreeSet<String> unknown = new TreeSet<>();
    for (Gang gang : snapshot.gangs()) {
      QueueTree.@Nullable Node node = tree.get(gang.queue());
      if (node == null || !node.leaf()) {
        unknown.add(gang.queue());
      }
    }
    for (Queue queue : snapshot.queues().values()) {
      boolean inUse =
          queue.shares().values().stream().anyMatch(s -> !s.used().equals(Resources.NONE));
      if (inUse && !tree.containsKey(queue.path())) {
        unknown.add(queue.path());
      }
    }
    if (!unknown.isEmpty()) {
      throw new QueueFileException(
          "%s lacks queues that have gangs or are in use in the journal, or has them as parents: %s. Maybe add them with a capacity of 0."
              .formatted(file, String.join(", ", unknown)));
    }
  }
}
