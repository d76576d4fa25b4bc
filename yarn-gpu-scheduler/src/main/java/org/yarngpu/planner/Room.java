package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import org.yarngpu.model.Node;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;

/**
 * What is free on each node in the course of a plan. Nodes are numbered in the order of their ids;
 * arrays, because a cycle asks millions of times.
 */
final class Room {
  private final ImmutableList<Node> nodes;
  private final long[] memoryMib;
  private final int[] vcores;
  private final int[] gpus;

  private Room(ImmutableList<Node> nodes, long[] memoryMib, int[] vcores, int[] gpus) {
    this.nodes = nodes;
    this.memoryMib = memoryMib;
    this.vcores = vcores;
    this.gpus = gpus;
  }

  private Room(ImmutableList<Node> nodes) {
    this(nodes, new long[nodes.size()], new int[nodes.size()], new int[nodes.size()]);
  }

  /** What is free on the open nodes. */
  static Room free(ImmutableList<Node> nodes) {
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

  Room copy() {
    return new Room(nodes, memoryMib.clone(), vcores.clone(), gpus.clone());
  }

  /** The same GPUs with memory and vcores without limit. */
  Room gpusOnly() {
    Room room = copy();
    for (int i = 0; i < nodes.size(); i++) {
      room.memoryMib[i] = Long.MAX_VALUE / 2;
      room.vcores[i] = Integer.MAX_VALUE / 2;
    }
    return room;
  }

  /** What is held, on those nodes that have it here. */
  Room only(Reservation reservation) {
    Room room = new Room(nodes);
    for (int i = 0; i < nodes.size(); i++) {
      Resources held = reservation.heldOn(nodes.get(i).id());
      if (held.fitsIn(on(i))) {
        room.set(i, held);
      }
    }
    return room;
  }

  int size() {
    return nodes.size();
  }

  Node node(int i) {
    return nodes.get(i);
  }

  int gpus(int i) {
    return gpus[i];
  }

  long memoryMib(int i) {
    return memoryMib[i];
  }

  Resources on(int i) {
    return new Resources(memoryMib[i], vcores[i], gpus[i]);
  }

  void set(int i, Resources room) {
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
    if (size.memoryMib() > 0) {
      count = Math.min(count, memoryMib[i] / size.memoryMib());
    }
    if (size.vcores() > 0) {
      count = Math.min(count, vcores[i] / size.vcores());
    }
    return (int) count;
  }

  void take(int i, Resources size, int count) {
    memoryMib[i] -= size.memoryMib() * count;
    vcores[i] -= size.vcores() * count;
    gpus[i] -= size.gpus() * count;
  }
}
