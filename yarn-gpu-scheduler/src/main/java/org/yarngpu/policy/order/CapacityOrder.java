package org.yarngpu.policy.order;

import static com.google.common.base.Preconditions.checkState;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.policy.GangOrder;

/**
 * Serves queues as CapacityScheduler does: at each level the queue that uses the least of its
 * guaranteed share, and inside a leaf as that says.
 *
 * <p>Follows CapacityScheduler's PriorityUtilizationQueueOrderingPolicy and FifoOrderingPolicy of
 * Hadoop 3.4.2, with shares as the dominant resource's, and counts what this cycle has given away.
 */
public final class CapacityOrder implements GangOrder {

  private final LeafOrder leafOrder;

  public CapacityOrder(LeafOrder leafOrder) {
    this.leafOrder = leafOrder;
  }

  @Override
  public Turns turns(ClusterSnapshot snapshot, String partition, Iterable<Gang> gangs) {
    QueueTurns turns = new QueueTurns(snapshot, partition, leafOrder.of(snapshot));
    gangs.forEach(turns::add);
    return turns;
  }

  private static final class QueueTurns implements Turns {
    private final ClusterSnapshot snapshot;
    private final String partition;
    private final Resources whole;
    private final Function<Gang, Standing> inLeaf;
    private final Map<String, Branch> branches = new HashMap<>();

    QueueTurns(ClusterSnapshot snapshot, String partition, Function<Gang, Standing> inLeaf) {
      this.inLeaf = inLeaf;
      this.snapshot = snapshot;
      this.partition = partition;
      this.whole = snapshot.total(partition);
    }

    @Override
    public @Nullable Gang next() {
      Branch branch = branches.get("root");
      if (branch == null || branch.waiting == 0) {
        return null;
      }
      while (!branch.children.isEmpty()) {
        branch = firstOf(branch.children);
      }
      Gang gang = branch.waiters.remove().gang;
      addWaiting(branch, -1);
      return gang;
    }

    @Override
    public void served(Gang gang, Resources size) {
      for (@Nullable Branch b = branchOf(gang.queue()); b != null; b = b.parent) {
        b.use(size);
      }
    }

    @Override
    public void add(Gang gang) {
      Branch leaf = branchOf(gang.queue());
      leaf.waiters.add(new Waiter(gang, inLeaf.apply(gang)));
      addWaiting(leaf, 1);
    }

    private static void addWaiting(Branch leaf, int count) {
      for (@Nullable Branch b = leaf; b != null; b = b.parent) {
        b.waiting += count;
      }
    }

    private Branch branchOf(String path) {
      Branch known = branches.get(path);
      if (known != null) {
        return known;
      }
      Queue queue = snapshot.queues().get(path);
      checkState(queue != null, "queue %s is not in the snapshot", path);
      Branch parent = queue.parent().isEmpty() ? null : branchOf(queue.parent());
      Branch branch = new Branch(queue, queue.share(partition), whole, parent);
      branches.put(path, branch);
      if (parent != null) {
        parent.children.add(branch);
      }
      return branch;
    }

    private static Branch firstOf(List<Branch> children) {
      Branch first = null;
      for (Branch child : children) {
        if (child.waiting > 0 && (first == null || compare(child, first) < 0)) {
          first = child;
        }
      }
      checkState(first != null, "a queue counts waiting gangs that none of its children has");
      return first;
    }

    private static int compare(Branch one, Branch two) {
      if (one.guaranteed > 0 != two.guaranteed > 0) {
        return one.guaranteed > 0 ? -1 : 1;
      }
      int order =
          one.usedRatio < 1 == two.usedRatio < 1
              ? Integer.compare(two.queue.priority(), one.queue.priority())
              : 0;
      if (order == 0) {
        order = Double.compare(one.usedRatio, two.usedRatio);
      }
      if (order == 0) {
        order = Double.compare(two.guaranteed, one.guaranteed);
      }
      return order != 0 ? order : one.queue.path().compareTo(two.queue.path());
    }
  }

  /** A gang whose place in its leaf was found once. */
  private record Waiter(Gang gang, Standing standing) implements Comparable<Waiter> {
    @Override
    public int compareTo(Waiter other) {
      return standing.compareTo(other.standing);
    }
  }

  /** A queue in the course of one cycle. */
  private static final class Branch {
    final Queue queue;
    final @Nullable Branch parent;
    final List<Branch> children = new ArrayList<>();
    final PriorityQueue<Waiter> waiters = new PriorityQueue<>();
    final Resources whole;

    /** As a share of the partition. */
    final double guaranteed;

    Resources used;

    /** Used over guaranteed; where nothing is guaranteed, as a share of the partition. */
    double usedRatio;

    int waiting;

    Branch(Queue queue, Queue.Share share, Resources whole, @Nullable Branch parent) {
      this.queue = queue;
      this.parent = parent;
      this.whole = whole;
      this.guaranteed = share.guaranteed().dominantShareOf(whole);
      this.used = share.used();
      use(Resources.NONE);
    }

    final void use(Resources more) {
      used = used.plus(more);
      usedRatio = used.dominantShareOf(whole) / (guaranteed > 0 ? guaranteed : 1);
    }
  }
}
