package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.yarngpu.model.Ask;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Node;
import org.yarngpu.model.Placement.Member;

/**
 * Places all of a gang's members, or none.
 *
 * <p>One node if one can hold them all, the fullest such; else one rack, on the fewest nodes; else
 * the fewest racks. Wide members thereby take whole free nodes and narrow ones fill the fullest.
 * Complete for gangs of one role: if any placement exists, one is found. O(nodes log nodes) for a
 * role and scope.
 *
 * <p>Members that start together are on GPUs of one model, the first of those that the gang may run
 * on where all fit: a training runs as fast as its slowest member. A gang that names no model is on
 * one too, unless it fits on no single one now: its indifference costs it no waiting.
 */
public final class GangPlacer {

  /** Larger members first: they have the fewest places to go. */
  private static final Comparator<Ask> LARGEST_FIRST =
      Comparator.comparingInt((Ask ask) -> ask.size().gpus())
          .thenComparingLong(ask -> ask.size().memoryMib())
          .thenComparingInt(Ask::count)
          .reversed()
          .thenComparing(Ask::key);

  static ImmutableList<Ask> largestFirst(Gang gang) {
    ImmutableList<Ask> asks = gang.minimumAsks();
    return asks.size() == 1 ? asks : ImmutableList.sortedCopyOf(LARGEST_FIRST, asks);
  }

  /** The members' nodes, or empty if not all fit; {@code room} is left as it was. */
  public Optional<ImmutableList<Member>> place(Gang gang, Room room) {
    Optional<ImmutableList<String>> models = room.models().of(gang);
    if (models.isPresent()) {
      return onFirst(models.get(), gang, room);
    }
    Optional<ImmutableList<Member>> placed = onAny(gang, room);
    ImmutableSortedSet<String> there = room.models().under(gang.partition());
    return placed.isEmpty() || there.size() <= 1 || room.modelsOf(placed.get()).size() == 1
        ? placed
        : onFirst(there, gang, room).or(() -> placed);
  }

  private Optional<ImmutableList<Member>> onFirst(Iterable<String> models, Gang gang, Room room) {
    for (String model : models) {
      Optional<ImmutableList<Member>> placed = onAny(gang, room.on(gang.partition(), model));
      if (placed.isPresent()) {
        return placed;
      }
    }
    return Optional.empty();
  }

  private Optional<ImmutableList<Member>> onAny(Gang gang, Room room) {
    ImmutableList<Ask> roles = largestFirst(gang);
    if (!eachFits(roles, gang, room)) {
      return Optional.empty();
    }
    Optional<ImmutableList<Member>> placed =
        onOneNode(roles, gang, room).or(() -> inRacks(roles, gang, room));
    return placed.isPresent() || roles.size() == 1
        ? placed
        : PackingSearch.search(roles, gang, room).members();
  }

  /** Whether all of the gang's members fit; for a gang of one role without placing them. */
  public boolean fits(Gang gang, Room room) {
    return room.models()
        .of(gang)
        .map(models -> models.stream().anyMatch(m -> fitsAny(gang, room.on(gang.partition(), m))))
        .orElseGet(() -> fitsAny(gang, room));
  }

  private boolean fitsAny(Gang gang, Room room) {
    ImmutableList<Ask> roles = gang.minimumAsks();
    return roles.size() == 1 ? eachFits(roles, gang, room) : onAny(gang, room).isPresent();
  }

  /** Whether it is proven that the gang, which was not placed, cannot be. */
  boolean neverFits(Gang gang, Room room) {
    return room.models()
        .of(gang)
        .map(models -> models.stream().allMatch(m -> neverAny(gang, room.on(gang.partition(), m))))
        .orElseGet(() -> neverAny(gang, room));
  }

  private boolean neverAny(Gang gang, Room room) {
    ImmutableList<Ask> roles = largestFirst(gang);
    return !eachFits(roles, gang, room)
        || (roles.size() > 1 && PackingSearch.search(roles, gang, room).isProof());
  }

  /** Whether each role would fit, were it alone. */
  private boolean eachFits(ImmutableList<Ask> roles, Gang gang, Room room) {
    for (Ask role : roles) {
      if ((long) role.size().gpus() * role.count() > room.gpusInAll()
          || countOf(role, gang, room) < role.count()) {
        return false;
      }
    }
    return true;
  }

  /** How many members of one role fit, each role seen alone, at most as many as are asked. */
  int countOf(Ask role, Gang gang, Room room) {
    int count = 0;
    for (int i = 0; i < room.size() && count < role.count(); i++) {
      if (room.gpus(i) >= role.size().gpus() && allowed(role, gang, room.node(i))) {
        count += room.count(i, role.size(), role.count() - count);
      }
    }
    return count;
  }

  static boolean allowed(Ask role, Gang gang, Node node) {
    return role.allows(node) && !gang.excludes(node);
  }

  private static long nodesOf(ImmutableList<Member> members) {
    return members.stream().map(Member::node).distinct().count();
  }

  private static Optional<ImmutableList<Member>> onOneNode(
      ImmutableList<Ask> roles, Gang gang, Room room) {
    int best = -1;
    for (int i = 0; i < room.size(); i++) {
      if (holdsAll(roles, gang, room, i) && (best < 0 || isFuller(room, i, best))) {
        best = i;
      }
    }
    if (best < 0) {
      return Optional.empty();
    }
    ImmutableList.Builder<Member> members = ImmutableList.builder();
    for (Ask role : roles) {
      addMembers(members, role, room.node(best), role.count());
    }
    return Optional.of(members.build());
  }

  private static boolean holdsAll(ImmutableList<Ask> roles, Gang gang, Room room, int i) {
    long memoryMib = 0;
    long vcores = 0;
    long gpus = 0;
    for (Ask role : roles) {
      gpus += (long) role.size().gpus() * role.count();
      if (gpus > room.gpus(i)) {
        return false;
      }
      memoryMib += role.size().memoryMib() * role.count();
      vcores += (long) role.size().vcores() * role.count();
    }
    return memoryMib <= room.memoryMib(i)
        && vcores <= room.on(i).vcores()
        && roles.stream().allMatch(role -> allowed(role, gang, room.node(i)));
  }

  private static boolean isFuller(Room room, int one, int two) {
    return room.gpus(one) != room.gpus(two)
        ? room.gpus(one) < room.gpus(two)
        : room.memoryMib(one) < room.memoryMib(two);
  }

  private static Optional<ImmutableList<Member>> inRacks(
      ImmutableList<Ask> roles, Gang gang, Room room) {
    List<Rack> racks = racks(roles.get(0), gang, room);
    Optional<ImmutableList<Member>> best = Optional.empty();
    long bestNodes = Long.MAX_VALUE;
    for (Rack rack : racks) {
      if (rack.count < roles.get(0).count()) {
        break;
      }
      Optional<ImmutableList<Member>> inRack = within(rack.nodes, roles, gang, room);
      long nodes = inRack.map(GangPlacer::nodesOf).orElse(Long.MAX_VALUE);
      if (nodes < bestNodes) {
        best = inRack;
        bestNodes = nodes;
      }
    }
    return best.isPresent() ? best : acrossRacks(racks, roles, gang, room);
  }

  /** Adds the racks that hold the most members until the gang fits, so that it spans few. */
  private static Optional<ImmutableList<Member>> acrossRacks(
      List<Rack> mostMembersFirst, ImmutableList<Ask> roles, Gang gang, Room room) {
    List<Integer> scope = new ArrayList<>();
    long count = 0;
    for (Rack rack : mostMembersFirst) {
      scope.addAll(rack.nodes);
      count += rack.count;
      if (count >= roles.get(0).count() && scope.size() > rack.nodes.size()) {
        Optional<ImmutableList<Member>> members = within(scope, roles, gang, room);
        if (members.isPresent()) {
          return members;
        }
      }
    }
    return Optional.empty();
  }

  /** The nodes of one rack, and how many members of the largest role fit there. */
  private static final class Rack {
    final List<Integer> nodes = new ArrayList<>();
    long count;
  }

  /** The racks with any free GPU, those that hold the most members first, ties by name. */
  private static List<Rack> racks(Ask largest, Gang gang, Room room) {
    Map<String, Rack> racks = new TreeMap<>();
    for (int i = 0; i < room.size(); i++) {
      if (room.gpus(i) > 0) {
        Rack rack = racks.computeIfAbsent(room.node(i).rack(), name -> new Rack());
        rack.nodes.add(i);
        if (allowed(largest, gang, room.node(i))) {
          rack.count += room.count(i, largest.size(), largest.count());
        }
      }
    }
    List<Rack> mostMembersFirst = new ArrayList<>(racks.values());
    mostMembersFirst.sort(Comparator.comparingLong(rack -> -rack.count)); // stable: ties by name
    return mostMembersFirst;
  }

  private static Optional<ImmutableList<Member>> within(
      List<Integer> scope, ImmutableList<Ask> roles, Gang gang, Room room) {
    Room left = roles.size() == 1 ? room : room.copy();
    ImmutableList.Builder<Member> members = ImmutableList.builder();
    for (Ask role : roles) {
      int missing = role.count();
      List<Candidate> candidates = candidates(scope, role, gang, left);
      for (int c = 0; c < candidates.size() && missing > 0; c++) {
        Candidate candidate = candidates.get(c);
        if (candidate.count >= missing) {
          candidate = fullestWithRoomFor(missing, candidates.subList(c, candidates.size()));
        }
        int count = Math.min(missing, candidate.count);
        addMembers(members, role, room.node(candidate.node), count);
        missing -= count;
        if (roles.size() > 1) {
          left.take(candidate.node, role.size(), count);
        }
      }
      if (missing > 0) {
        return Optional.empty();
      }
    }
    return Optional.of(members.build());
  }

  /**
   * A node for some members of a role.
   *
   * @param node its number
   * @param count members that fit
   * @param gpus free there
   */
  private record Candidate(int node, int count, int gpus) {
    static final Comparator<Candidate> MOST_MEMBERS_FIRST =
        Comparator.comparingInt(Candidate::count)
            .reversed()
            .thenComparingInt(Candidate::gpus)
            .thenComparingInt(Candidate::node);
  }

  private static List<Candidate> candidates(List<Integer> scope, Ask role, Gang gang, Room room) {
    List<Candidate> candidates = new ArrayList<>();
    for (int i : scope) {
      int count = room.count(i, role.size(), Integer.MAX_VALUE);
      if (count > 0 && allowed(role, gang, room.node(i))) {
        candidates.add(new Candidate(i, count, room.gpus(i)));
      }
    }
    candidates.sort(Candidate.MOST_MEMBERS_FIRST);
    return candidates;
  }

  private static Candidate fullestWithRoomFor(int members, List<Candidate> mostMembersFirst) {
    Candidate fullest = mostMembersFirst.get(0);
    for (Candidate candidate : mostMembersFirst) {
      if (candidate.count < members) {
        break;
      }
      if (candidate.gpus < fullest.gpus) {
        fullest = candidate;
      }
    }
    return fullest;
  }

  private static void addMembers(
      ImmutableList.Builder<Member> members, Ask role, Node node, int count) {
    for (int m = 0; m < count; m++) {
      members.add(new Member(role.key(), role.size(), node.id()));
    }
  }
}
