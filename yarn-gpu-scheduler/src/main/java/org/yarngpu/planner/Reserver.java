package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.yarngpu.model.Ask;
import org.yarngpu.model.Gang;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;

/**
 * Chooses what to hold for a gang that does not fit: the free GPUs it can use now, and for the rest
 * the nodes where the fewest GPUs are still missing.
 *
 * <p>What is held suffices: once it is all free, the gang fits there. It is of one model: the first
 * of those that the gang may run on which could ever take it.
 */
final class Reserver {
  private final GangPlacer placer = new GangPlacer();

  /**
   * Holds for the gang's minimum, or empty if not even idle nodes could take it.
   *
   * @param free what the gang may use now
   * @param idle what it could use once all running work has ended
   */
  Optional<Reservation> reserve(Gang gang, Room free, Room idle) {
    Optional<ImmutableList<String>> models = idle.models().of(gang);
    if (models.isEmpty()) {
      return reserveOn(gang, free, idle);
    }
    String partition = gang.partition();
    return models.get().stream()
        .flatMap(m -> reserveOn(gang, free.on(partition, m), idle.on(partition, m)).stream())
        .findFirst();
  }

  private Optional<Reservation> reserveOn(Gang gang, Room free, Room idle) {
    return freeFirst(gang, free, idle)
        .filter(reservation -> placer.fits(gang, idle.only(reservation)))
        .or(() -> placer.place(gang, idle).map(members -> nodesOf(members, gang, idle)));
  }

  private static Optional<Reservation> freeFirst(Gang gang, Room free, Room idle) {
    Room freeLeft = free.copy();
    Room idleLeft = idle.copy();
    Map<NodeId, Resources> held = new TreeMap<>();
    for (Ask role : GangPlacer.largestFirst(gang)) {
      int missing = role.count() - holdFree(role, gang, freeLeft, idleLeft, held);
      if (missing > holdBusy(role, missing, gang, freeLeft, idleLeft, held)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        new Reservation(gang.id(), gang.partition(), ImmutableSortedMap.copyOf(held)));
  }

  /** All of each node that members would run on: several roles fit there in one way at least. */
  private static Reservation nodesOf(ImmutableList<Member> members, Gang gang, Room idle) {
    Set<NodeId> nodes = members.stream().map(Member::node).collect(Collectors.toSet());
    ImmutableSortedMap.Builder<NodeId, Resources> held = ImmutableSortedMap.naturalOrder();
    for (int i = 0; i < idle.size(); i++) {
      if (nodes.contains(idle.node(i).id())) {
        held.put(idle.node(i).id(), idle.on(i));
      }
    }
    return new Reservation(gang.id(), gang.partition(), held.build());
  }

  private static int holdFree(
      Ask role, Gang gang, Room free, Room idle, Map<NodeId, Resources> held) {
    int placed = 0;
    for (int i = 0; i < free.size() && placed < role.count(); i++) {
      int count =
          Math.min(
              free.count(i, role.size(), role.count() - placed),
              idle.count(i, role.size(), role.count() - placed));
      if (count > 0 && GangPlacer.allowed(role, gang, free.node(i))) {
        hold(i, role.size().times(count), free, idle, held);
        placed += count;
      }
    }
    return placed;
  }

  private static int holdBusy(
      Ask role, int members, Gang gang, Room free, Room idle, Map<NodeId, Resources> held) {
    PriorityQueue<Integer> mostUsableFirst =
        new PriorityQueue<>(
            Comparator.comparingInt((Integer i) -> -role.size().gpusUsableIn(free.on(i)))
                .thenComparingInt(i -> -free.gpus(i))
                .thenComparingInt(i -> i));
    for (int i = 0; i < idle.size(); i++) {
      if (idle.count(i, role.size(), 1) > 0 && GangPlacer.allowed(role, gang, idle.node(i))) {
        mostUsableFirst.add(i);
      }
    }
    int placed = 0;
    while (placed < members && !mostUsableFirst.isEmpty()) {
      int node = mostUsableFirst.remove();
      hold(node, role.size(), free, idle, held);
      placed++;
      if (idle.count(node, role.size(), 1) > 0) {
        mostUsableFirst.add(node);
      }
    }
    return placed;
  }

  private static void hold(
      int i, Resources size, Room free, Room idle, Map<NodeId, Resources> held) {
    free.set(i, free.on(i).minusAtMost(size));
    idle.take(i, size, 1);
    held.merge(free.node(i).id(), size, Resources::plus);
  }
}
