package org.yarngpu.planner;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;

/** The cluster as it will be: the snapshot and what the passes have decided so far. */
final class PlanDraft {
  private final ClusterSnapshot snapshot;
  private final Map<NodeId, Integer> index = new HashMap<>();

  /** Free, reserved or not. */
  private final Room free;

  /** Free and not held for anybody. */
  private final Room open;

  private final QueueRoom queues;
  private final Feasibility feasibility;
  private final Map<GangId, Gang> admitted = new LinkedHashMap<>();

  /** Elastic gangs that run and would take more members. */
  private final List<Gang> growing = new ArrayList<>();

  private final List<Gang> borrowing = new ArrayList<>();
  private final List<Placement> placements = new ArrayList<>();

  /** Where the first placement of a gang stands. */
  private final Map<GangId, Integer> placed = new HashMap<>();

  private final Map<String, Reservation> reservations;
  private final Map<GangId, Eviction> evictions;

  /** What is held for those that others are evicted for. */
  private final Map<GangId, Reservation> holds = new TreeMap<>();

  private final Map<String, Line> lines = new TreeMap<>();
  private final Map<GangId, Promise> promises = new HashMap<>();
  private final Map<GangId, Rejection> rejections = new HashMap<>();

  PlanDraft(ClusterSnapshot snapshot) {
    this.snapshot = snapshot;
    this.queues = new QueueRoom(snapshot);
    this.feasibility = new Feasibility(snapshot);
    ImmutableList<Node> nodes = snapshot.nodes().values().asList();
    for (int i = 0; i < nodes.size(); i++) {
      index.put(nodes.get(i).id(), i);
    }
    this.free = Room.free(nodes);
    this.open = free.copy();
    this.reservations = new TreeMap<>(snapshot.reservations());
    this.evictions = new TreeMap<>(snapshot.evictions());
    evictions.values().forEach(eviction -> holds.put(eviction.gang(), eviction.hold()));
    held().forEach(this::reopen);
  }

  ClusterSnapshot snapshot() {
    return snapshot;
  }

  QueueRoom queues() {
    return queues;
  }

  Feasibility feasibility() {
    return feasibility;
  }

  Room free() {
    return free;
  }

  Room open() {
    return open;
  }

  void admit(Gang gang) {
    admitted.put(gang.id(), gang);
  }

  void grow(Gang gang) {
    growing.add(gang);
  }

  List<Gang> growing() {
    return growing;
  }

  Iterable<Gang> admitted() {
    return admitted.values();
  }

  /** The gang is served by loans. */
  void borrow(Gang gang) {
    borrowing.add(gang);
  }

  List<Gang> borrowing() {
    return borrowing;
  }

  @Nullable Gang admitted(GangId id) {
    return admitted.get(id);
  }

  @Nullable Reservation reservation(String partition) {
    return reservations.get(partition);
  }

  /** What the gang may use now: free, less what is held for others. */
  Room roomOf(GangId gang) {
    return withoutHeldForOthers(free, gang);
  }

  /** {@code all}, less what is held for others than the gang. */
  Room withoutHeldForOthers(Room all, GangId gang) {
    Room room = all.copy();
    for (Reservation reservation : held()) {
      if (!reservation.gang().equals(gang)) {
        for (NodeId held : reservation.held().keySet()) {
          Integer i = index.get(held);
          if (i != null) {
            room.set(i, room.on(i).minusAtMost(reservation.heldOn(held)));
          }
        }
      }
    }
    return room;
  }

  void reserve(Reservation reservation) {
    end(reservation.partition());
    reservations.put(reservation.partition(), reservation);
    reopen(reservation);
  }

  void end(String partition) {
    Reservation ended = reservations.remove(partition);
    if (ended != null) {
      reopen(ended);
    }
  }

  /** Decides or renews an eviction. */
  void evict(Eviction eviction) {
    evictions.put(eviction.gang(), eviction);
    holds.put(eviction.gang(), eviction.hold());
    reopen(eviction.hold());
  }

  /** Whether the gang is being evicted or losing surplus. */
  boolean yields(GangId gang) {
    return evictions.values().stream()
        .anyMatch(each -> each.victims().contains(gang) || each.shrinks().containsKey(gang));
  }

  void end(Eviction eviction) {
    evictions.remove(eviction.gang());
    holds.remove(eviction.gang());
    reopen(eviction.hold());
  }

  boolean isEvictedFor(GangId gang) {
    return evictions.containsKey(gang);
  }

  /** The gangs that have to go, by evictions of this cycle and of earlier ones. */
  void eachVictim(Consumer<GangId> action) {
    for (Eviction eviction : Iterables.concat(snapshot.evictions().values(), evictions.values())) {
      eviction.victims().forEach(action);
      eviction.shrinks().keySet().forEach(action);
    }
  }

  /** The gang has been dealt with. */
  void settle(Gang gang) {
    admitted.remove(gang.id());
    Reservation own = reservations.get(gang.partition());
    if (own != null && own.gang().equals(gang.id())) {
      end(gang.partition());
    }
  }

  void place(Gang gang, ImmutableList<Placement.Member> members) {
    queues.take(gang);
    add(new Placement(gang.id(), gang.partition(), members));
  }

  /** Places members on lent GPUs, which are on no queue's account. */
  void lend(Gang gang, ImmutableList<Placement.Member> members) {
    rejections.remove(gang.id());
    add(new Placement(gang.id(), gang.partition(), members).onLoan());
  }

  private void add(Placement placement) {
    placed.putIfAbsent(placement.gang(), placements.size());
    placements.add(placement);
    take(placement.members());
  }

  /** Gives a gang more members, with those that it gets in this cycle anyway. */
  void widen(Gang more, ImmutableList<Placement.Member> members) {
    Integer place = placed.get(more.id());
    if (place == null) {
      place(more, members);
      return;
    }
    Placement before = placements.get(place);
    placements.set(
        place,
        new Placement(
            before.gang(),
            before.partition(),
            ImmutableList.<Placement.Member>builder()
                .addAll(before.members())
                .addAll(members)
                .build()));
    queues.take(more);
    take(members);
  }

  private void take(ImmutableList<Placement.Member> members) {
    for (Placement.Member member : members) {
      int node = requireNonNull(index.get(member.node()), "placed on a node that is not there");
      free.take(node, member.size(), 1);
      reopen(node);
    }
  }

  /** Whether the gang gets members in this cycle. */
  boolean places(GangId gang) {
    return placed.containsKey(gang);
  }

  @Nullable Rejection rejection(GangId gang) {
    return rejections.get(gang);
  }

  void reject(Gang gang, Rejection rejection) {
    rejections.put(gang.id(), rejection);
  }

  void promise(Promise promise) {
    promises.put(promise.gang(), promise);
  }

  Iterable<Placement> placements() {
    return placements;
  }

  /** Those under way and those decided here. */
  Iterable<Eviction> evictions() {
    return evictions.values();
  }

  /** Leaves to later passes who still waits. */
  void line(String partition, Line line) {
    lines.put(partition, line);
  }

  /** Whether something is reserved for the gang that waits. */
  boolean reservesFor(Gang gang) {
    @Nullable Reservation own = reservations.get(gang.partition());
    @Nullable Line line = lines.get(gang.partition());
    return (own != null && own.gang().equals(gang.id()))
        || (line != null && line.shadows().has(gang.id()));
  }

  /** What the gang may use that is neither held nor reserved by forecast for others. */
  Room unreserved(Gang gang) {
    @Nullable Line line = lines.get(gang.partition());
    if (line == null) {
      return open;
    }
    line.shadows().forgetRooms();
    return line.shadows().room(gang, open);
  }

  Map<String, Line> lines() {
    return lines;
  }

  Plan toPlan() {
    return new Plan(
        ImmutableList.copyOf(placements),
        ImmutableSortedMap.copyOf(reservations),
        ImmutableSortedMap.copyOf(promises),
        ImmutableSortedMap.copyOf(evictions),
        ImmutableSortedMap.copyOf(rejections));
  }

  private Iterable<Reservation> held() {
    return Iterables.concat(reservations.values(), holds.values());
  }

  private void reopen(Reservation reservation) {
    for (NodeId held : reservation.held().keySet()) {
      Integer node = index.get(held);
      if (node != null) {
        reopen(node);
      }
    }
  }

  private void reopen(int node) {
    NodeId id = free.node(node).id();
    open.set(node, free.on(node));
    for (Reservation reservation : held()) {
      open.set(node, open.on(node).minusAtMost(reservation.heldOn(id)));
    }
  }
}
