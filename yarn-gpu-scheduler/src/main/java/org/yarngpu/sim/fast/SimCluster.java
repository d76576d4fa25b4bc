package org.yarngpu.sim.fast;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.planner.Room;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.NodeSpec;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.policy.View;

/** The simulated cluster as it is: who holds what, and which nodes are there. */
final class SimCluster implements View {
  private final QueueTree queues;
  private final ImmutableList<NodeSpec> specs;
  private final ImmutableList<Node> idle;
  private final Map<NodeId, Integer> index = new HashMap<>();
  private final boolean[] up;

  /** By node: GPUs of replicas, which are there whenever the node is. */
  private final int[] serviceGpus;

  private final Room free;
  private final Set<Tenant> running = new LinkedHashSet<>();
  private final Map<String, QueueTree.Node> queueByPath;
  private final ImmutableSortedMap<String, Resources> totals;

  /** By partition and queue path. */
  private final Map<String, Map<String, Integer>> usedGpus = new HashMap<>();

  private long nowMs;
  private int gpusInUse;

  SimCluster(Inventory inventory, QueueTree queues, SimModels models) {
    this.queues = queues;
    this.queueByPath = queues.byPath();
    this.specs =
        ImmutableList.sortedCopyOf(Comparator.comparing(NodeSpec::name), inventory.nodes());
    this.idle = specs.stream().map(spec -> node(spec, models)).collect(toImmutableList());
    for (int i = 0; i < idle.size(); i++) {
      checkState(index.put(idle.get(i).id(), i) == null, "two nodes named %s", idle.get(i).id());
    }
    this.up = new boolean[idle.size()];
    Arrays.fill(up, true);
    this.serviceGpus = new int[idle.size()];
    this.free = Room.free(idle);
    Map<String, Resources> sums = new HashMap<>();
    idle.forEach(node -> sums.merge(node.partition(), node.total(), Resources::plus));
    this.totals = ImmutableSortedMap.copyOf(sums);
  }

  private static Node node(NodeSpec spec, SimModels models) {
    Resources total = new Resources(0, 0, spec.gpus());
    return new Node(
        new NodeId(spec.name()),
        spec.name(),
        spec.rack(),
        models.partition(spec.gpuModel()),
        models.model(spec.gpuModel()),
        total,
        total,
        true);
  }

  @Override
  public long nowMs() {
    return nowMs;
  }

  void advance(long toMs) {
    nowMs = toMs;
    running.forEach(job -> job.advance(toMs));
  }

  @Override
  public Room free() {
    return free.copy();
  }

  @Override
  public int freeGpus() {
    return free.gpusInAll();
  }

  int gpusInUse() {
    return gpusInUse;
  }

  @Override
  public Set<Tenant> running() {
    return running;
  }

  int nodes() {
    return idle.size();
  }

  boolean allUp() {
    for (boolean there : up) {
      if (!there) {
        return false;
      }
    }
    return true;
  }

  String nodeName(int node) {
    return specs.get(node).name();
  }

  /** Speed of the slowest GPU that the members would compute on. */
  double slowestSpeed(ImmutableList<Member> members) {
    double slowest = Double.MAX_VALUE;
    for (Member member : members) {
      slowest = Math.min(slowest, specs.get(nodeOf(member)).speed());
    }
    return slowest;
  }

  private int nodeOf(Member member) {
    return requireNonNull(index.get(member.node()), "a member on a node that is not there");
  }

  /** Gives a service its replicas for the whole run. */
  void serve(String queue, String partition, ImmutableList<Member> replicas) {
    for (Member replica : replicas) {
      serviceGpus[nodeOf(replica)] += replica.size().gpus();
      use(queue, partition, replica.size().gpus());
    }
    free.take(replicas);
  }

  /** Books a gang that starts; the host trusts no policy. */
  void take(Tenant job, ImmutableList<Member> members) {
    for (Member member : members) {
      int node = nodeOf(member);
      checkState(up[node], "job %s is placed on a lost node", job.gang().id());
      checkState(
          member.size().fitsIn(free.on(node)),
          "job %s is placed on GPUs of %s that others hold",
          job.gang().id(),
          member.node());
      free.take(node, member.size(), 1);
    }
    running.add(job);
    book(job, gpus(members));
  }

  /** Books that a gang has gone from the given nodes. */
  void giveBack(Tenant job, ImmutableList<Member> members) {
    for (Member member : members) {
      int node = nodeOf(member);
      if (up[node]) {
        free.set(node, free.on(node).plus(member.size()));
      }
    }
    running.remove(job);
    book(job, -gpus(members));
  }

  static int gpus(ImmutableList<Member> members) {
    return members.stream().mapToInt(member -> member.size().gpus()).sum();
  }

  private void book(Tenant job, int gpus) {
    gpusInUse += gpus;
    if (!job.borrows()) { // what is lent is on no queue's account
      use(job.gang().queue(), job.gang().partition(), gpus);
    }
  }

  private void use(String queue, String partition, int gpus) {
    Map<String, Integer> used = usedGpus.computeIfAbsent(partition, name -> new HashMap<>());
    for (String path = queue; !path.isEmpty(); path = parentOf(path)) {
      used.merge(path, gpus, Integer::sum);
    }
  }

  private String parentOf(String path) {
    return requireNonNull(queueByPath.get(path), "a job is in a queue that is not there").parent();
  }

  /** Removes a node and returns the gangs that had a member there. */
  List<Tenant> lose(int node) {
    up[node] = false;
    free.set(node, Resources.NONE);
    NodeId id = idle.get(node).id();
    List<Tenant> hit = new ArrayList<>();
    for (Tenant job : running) {
      if (job.members().stream().anyMatch(member -> member.node().equals(id))) {
        hit.add(job);
      }
    }
    return hit;
  }

  void bringBack(int node) {
    up[node] = true;
    free.set(node, new Resources(0, 0, idle.get(node).total().gpus() - serviceGpus[node]));
  }

  @Override
  public ClusterSnapshot snapshot(
      ImmutableList<Gang> waiting, ImmutableSortedMap<String, Reservation> reservations) {
    ImmutableSortedMap.Builder<NodeId, Node> nodes = ImmutableSortedMap.naturalOrder();
    for (int i = 0; i < idle.size(); i++) {
      Node node = idle.get(i);
      nodes.put(
          node.id(),
          new Node(
              node.id(),
              node.host(),
              node.rack(),
              node.partition(),
              node.model(),
              node.total(),
              free.on(i),
              up[i]));
    }
    return new ClusterSnapshot(nowMs, true, nodes.build(), queues(), waiting, reservations);
  }

  private ImmutableMap<String, Queue> queues() {
    ImmutableMap.Builder<String, Queue> tree = ImmutableMap.builder();
    for (QueueTree.Node queue : queues.queues()) {
      ImmutableMap.Builder<String, Queue.Share> shares = ImmutableMap.builder();
      totals.forEach(
          (partition, total) ->
              shares.put(
                  partition,
                  new Queue.Share(
                      part(total, queue.guaranteed()),
                      part(total, queue.maximum()),
                      used(partition, queue.path()))));
      tree.put(
          queue.path(), new Queue(queue.path(), queue.parent(), queue.priority(), shares.build()));
    }
    return tree.build();
  }

  private static Resources part(Resources total, double fraction) {
    return new Resources(0, 0, (int) Math.floor(total.gpus() * fraction + 1e-9));
  }

  private Resources used(String partition, String path) {
    @Nullable Map<String, Integer> used = usedGpus.get(partition);
    return new Resources(0, 0, used == null ? 0 : used.getOrDefault(path, 0));
  }

  /**
   * What must hold at every moment: each GPU is free, held by one running gang or on a lost node,
   * and gangs are whole.
   *
   * @throws IllegalStateException if one does not
   */
  void checkInvariants() {
    int[] held = new int[idle.size()];
    int inUse = 0;
    for (Tenant job : running) {
      checkState(job.isWhole(), "gang %s is not whole", job.gang().id());
      for (Member member : job.members()) {
        held[nodeOf(member)] += member.size().gpus();
        inUse += member.size().gpus();
      }
    }
    checkState(inUse == gpusInUse, "%s GPUs are held but %s are booked", inUse, gpusInUse);
    for (int i = 0; i < held.length; i++) {
      int installed = up[i] ? idle.get(i).total().gpus() - serviceGpus[i] : 0;
      checkState(
          held[i] + free.gpus(i) == installed,
          "node %s has %s GPUs for jobs, of which %s are held and %s free",
          idle.get(i).id(),
          installed,
          held[i],
          free.gpus(i));
    }
  }
}
