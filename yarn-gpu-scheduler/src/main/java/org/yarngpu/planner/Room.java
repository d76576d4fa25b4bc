package org.yarngpu.planner;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Maps;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;

/**
 * What is free on each node in the course of a plan. Nodes are numbered in the order of their ids;
 * arrays, because a cycle asks millions of times.
 */
public final class Room {
  private final Node[] nodes;
  private final Models models;

  /** The number of each node; shared by all copies. */
  private final Map<NodeId, Integer> numbers;

  private final long[] memoryMib;
  private final int[] vcores;
  private final int[] gpus;
  private int gpusInAll;
  private int changes;

  private Room(
      Node[] nodes,
      Models models,
      Map<NodeId, Integer> numbers,
      long[] memoryMib,
      int[] vcores,
      int[] gpus,
      int gpusInAll) {
    this.nodes = nodes;
    this.models = models;
    this.numbers = numbers;
    this.memoryMib = memoryMib;
    this.vcores = vcores;
    this.gpus = gpus;
    this.gpusInAll = gpusInAll;
  }

  private Room(Node[] nodes, Models models, Map<NodeId, Integer> numbers) {
    this(
        nodes,
        models,
        numbers,
        new long[nodes.length],
        new int[nodes.length],
        new int[nodes.length],
        0);
  }

  private Room(ImmutableList<Node> nodes) {
    this(nodes.toArray(Node[]::new), new Models(nodes), numbers(nodes));
  }

  private static Map<NodeId, Integer> numbers(ImmutableList<Node> nodes) {
    Map<NodeId, Integer> numbers = Maps.newHashMapWithExpectedSize(nodes.size());
    for (int i = 0; i < nodes.size(); i++) {
      numbers.put(nodes.get(i).id(), i);
    }
    return numbers;
  }

  /** What is free on the open nodes. */
  public static Room free(ImmutableList<Node> nodes) {
    Room room = new Room(nodes);
    for (int i = 0; i < nodes.size(); i++) {
      room.set(i, nodes.get(i).open() ? nodes.get(i).free() : Resources.NONE);
    }
    return room;
  }

  /** What the open nodes will have once all running work has ended. */
  static Room empty(ImmutableList<Node> nodes) {
    Room room = new Room(nodes);
    for (int i = 0; i < nodes.size(); i++) {
      room.set(i, nodes.get(i).open() ? nodes.get(i).total() : Resources.NONE);
    }
    return room;
  }

  /** What all known nodes would have, were all of them healthy and idle. */
  static Room known(ImmutableList<Node> nodes) {
    Room room = new Room(nodes);
    for (int i = 0; i < nodes.size(); i++) {
      room.set(i, nodes.get(i).total());
    }
    return room;
  }

  public Room copy() {
    return new Room(
        nodes, models, numbers, memoryMib.clone(), vcores.clone(), gpus.clone(), gpusInAll);
  }

  Models models() {
    return models;
  }

  /** Without what is free under a label on nodes of other models. */
  Room on(String partition, String model) {
    if (models.under(partition).size() == 1 && models.under(partition).contains(model)) {
      return this;
    }
    Room room = copy();
    for (int i = 0; i < nodes.length; i++) {
      if (gpus[i] > 0
          && nodes[i].partition().equals(partition)
          && !nodes[i].model().equals(model)) {
        room.set(i, Resources.NONE);
      }
    }
    return room;
  }

  /** Models of the members' nodes. */
  Set<String> modelsOf(ImmutableList<Member> members) {
    Set<String> found = new HashSet<>();
    members.forEach(member -> found.add(modelOf(member)));
    return found;
  }

  /** What of that which is held is here. */
  Room only(Reservation reservation) {
    Room room = new Room(nodes, models, numbers);
    for (int i = 0; i < nodes.length; i++) {
      Resources beyond = on(i).minusAtMost(reservation.heldOn(nodes[i].id()));
      room.set(i, on(i).minusAtMost(beyond));
    }
    return room;
  }

  public int size() {
    return nodes.length;
  }

  public Node node(int i) {
    return nodes[i];
  }

  /** Grows whenever what is free changes. */
  int changes() {
    return changes;
  }

  /** In all partitions. */
  public int gpusInAll() {
    return gpusInAll;
  }

  public int gpus(int i) {
    return gpus[i];
  }

  long memoryMib(int i) {
    return memoryMib[i];
  }

  public Resources on(int i) {
    return new Resources(memoryMib[i], vcores[i], gpus[i]);
  }

  public void set(int i, Resources room) {
    changes++;
    gpusInAll += room.gpus() - gpus[i];
    memoryMib[i] = room.memoryMib();
    vcores[i] = room.vcores();
    gpus[i] = room.gpus();
  }

  /** How many members of {@code size} fit on node {@code i}, at most {@code limit}. */
  int count(int i, Resources size, int limit) {
    if (gpus[i] < size.gpus()) {
      return 0;
    }
    long count = Math.min(limit, gpus[i] / size.gpus());
    if (count * size.memoryMib() > memoryMib[i]) {
      count = memoryMib[i] / size.memoryMib();
    }
    if (count * size.vcores() > vcores[i]) {
      count = vcores[i] / size.vcores();
    }
    return (int) count;
  }

  public void take(int i, Resources size, int count) {
    changes++;
    gpusInAll -= size.gpus() * count;
    memoryMib[i] -= size.memoryMib() * count;
    vcores[i] -= size.vcores() * count;
    gpus[i] -= size.gpus() * count;
  }

  /** Takes what the members need, on their nodes. */
  public void take(Iterable<Member> members) {
    for (Member member : members) {
      take(indexOf(member.node()), member.size(), 1);
    }
  }

  /** As {@link #take(Iterable)}, where less may be left than they need. */
  public void takeAtMost(Iterable<Member> members) {
    members.forEach(this::takeAtMost);
  }

  void takeAtMost(Member member) {
    int i = indexOf(member.node());
    set(i, on(i).minusAtMost(member.size()));
  }

  String modelOf(Member member) {
    return nodes[indexOf(member.node())].model();
  }

  /** Adds what the members hold, on their nodes. */
  public void giveBack(Iterable<Member> members) {
    for (Member member : members) {
      int i = indexOf(member.node());
      set(i, on(i).plus(member.size()));
    }
  }

  /** As {@link #giveBack}, but for nodes that take no members now, or are gone. */
  void giveBackWhereOpen(Iterable<Member> members) {
    for (Member member : members) {
      int i = find(member.node());
      if (i >= 0 && nodes[i].open()) {
        take(i, member.size(), -1);
      }
    }
  }

  /** Where the members are: an index each, -1 for nodes that take no members now, or are gone. */
  int[] open(ImmutableList<Member> members) {
    int[] at = new int[members.size()];
    for (int m = 0; m < at.length; m++) {
      int i = find(members.get(m).node());
      at[m] = i >= 0 && nodes[i].open() ? i : -1;
    }
    return at;
  }

  /**
   * As {@link #giveBackWhereOpen(Iterable)}.
   *
   * @param at as {@link #open} says for them
   */
  void giveBack(ImmutableList<Member> members, int[] at) {
    for (int m = 0; m < at.length; m++) {
      if (at[m] >= 0) {
        take(at[m], members.get(m).size(), -1);
      }
    }
  }

  private int indexOf(NodeId id) {
    int i = find(id);
    checkArgument(i >= 0, "node %s is not in this room", id);
    return i;
  }

  /** The index of the node; -1 if it is not here. */
  private int find(NodeId id) {
    return numbers.getOrDefault(id, -1);
  }
}
