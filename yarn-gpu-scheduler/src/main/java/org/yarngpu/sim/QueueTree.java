package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.Optional;

/**
 * The queues of a simulated cluster, as shares of it.
 *
 * @param queues parents before their children, root first; leaf names are unique, as in YARN
 */
public record QueueTree(ImmutableList<Node> queues) {

  /**
   * A queue.
   *
   * @param path from root, such as {@code root.train}
   * @param parent path of the parent; empty for root
   * @param leaf whether jobs go there
   * @param guaranteed fraction of the whole cluster, in [0, 1]
   * @param maximum fraction of the whole cluster, in (0, 1]
   * @param priority among its siblings
   */
  public record Node(
      String path, String parent, boolean leaf, double guaranteed, double maximum, int priority) {
    public Node {
      checkArgument(
          guaranteed >= 0 && guaranteed <= 1 && maximum > 0 && maximum <= 1,
          "shares of queue %s (guaranteed %s, maximum %s) must be fractions of the cluster",
          path,
          guaranteed,
          maximum);
    }

    public String name() {
      return path.substring(path.lastIndexOf('.') + 1);
    }
  }

  /** One queue for all jobs, whatever the trace says. */
  public static final QueueTree SINGLE =
      new QueueTree(
          ImmutableList.of(
              new Node("root", "", false, 1, 1, 0),
              new Node("root.default", "root", true, 1, 1, 0)));

  public ImmutableList<Node> leaves() {
    return queues.stream().filter(Node::leaf).collect(toImmutableList());
  }

  /** The leaf of a job's queue, by name or path; the only leaf where there is one. */
  public Optional<Node> leafOf(Job job) {
    return leafNamed(job.queue());
  }

  /** The leaf of a name or path; the only leaf where there is one. */
  public Optional<Node> leafNamed(String queue) {
    ImmutableList<Node> leaves = leaves();
    if (leaves.size() == 1) {
      return Optional.of(leaves.get(0));
    }
    return leaves.stream()
        .filter(leaf -> leaf.name().equals(queue) || leaf.path().equals(queue))
        .findFirst();
  }

  public ImmutableMap<String, Node> byPath() {
    return Maps.uniqueIndex(queues, Node::path);
  }
}
