package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;

/**
 * The cheapest whole gangs whose GPUs let one waiting gang start: those of one node if it fits
 * there, one gang wherever it runs, or those of the nodes that are freed with the fewest GPUs. Only
 * gangs that have GPUs of a model and under a label where it may run.
 */
final class VictimSearch {

  private final Gang gang;
  private final Room free;
  private final Iterable<Shadow> earlier;
  private final List<Victim> candidates;
  private final Guarantees guarantees;
  private final int freedMax;
  private final int budget;
  private final EvictionRules rules;
  private final GangPlacer placer = new GangPlacer();
  private final Map<NodeId, List<Victim>> byNode = new TreeMap<>();

  /** GPUs of the largest node where a member may run. */
  private final int largestNode;

  /**
   * @param gang that may run on one GPU model, or on any
   * @param free what the gang could use now but for reservations by forecast
   * @param earlier of gangs that come before it
   * @param candidates in the order in which to take them
   * @param freedMax so many GPUs may be taken
   * @param budget so many of them by dear evictions
   */
  VictimSearch(
      Gang gang,
      Room free,
      Iterable<Shadow> earlier,
      List<Victim> candidates,
      Guarantees guarantees,
      int freedMax,
      int budget,
      EvictionRules rules) {
    this.gang = gang;
    this.free = free;
    this.earlier = earlier;
    this.guarantees = guarantees;
    this.freedMax = freedMax;
    this.budget = budget;
    this.rules = rules;
    Set<NodeId> usable = new HashSet<>();
    int largest = 0;
    for (int i = 0; i < free.size(); i++) {
      if (isUsable(free.node(i))) {
        usable.add(free.node(i).id());
        largest = Math.max(largest, free.node(i).total().gpus());
      }
    }
    this.largestNode = largest;
    Set<Victim> useful = new LinkedHashSet<>();
    for (Victim victim : candidates) {
      for (NodeId node : new LinkedHashSet<>(nodes(victim.members()))) {
        if (usable.contains(node)) {
          useful.add(victim);
          byNode.computeIfAbsent(node, id -> new ArrayList<>()).add(victim);
        }
      }
    }
    this.candidates = ImmutableList.copyOf(useful);
  }

  /** Whether a member may run there. */
  private boolean isUsable(Node node) {
    boolean rightModel =
        free.models().of(gang).map(models -> models.contains(node.model())).orElse(true);
    return (rightModel || !node.partition().equals(gang.partition()))
        && gang.minimumAsks().stream().anyMatch(ask -> GangPlacer.allowed(ask, gang, node));
  }

  /** Those who have to go; empty if nobody's end lets the gang start. */
  Optional<ImmutableList<Victim>> cheapest() {
    List<Set<Victim>> sets = new ArrayList<>();
    int needs = gang.minimumSize().gpus();
    if (!placer.fits(gang, room(candidates))) {
      return Optional.empty();
    }
    for (Victim victim : candidates) {
      if (victim.gpus() <= freedMax && victim.gpus() + free.gpusInAll() >= needs) {
        sets.add(ImmutableSet.of(victim));
      }
    }
    if (needs <= largestNode) {
      for (int i = 0; i < free.size(); i++) {
        onNode(i, needs).ifPresent(sets::add);
      }
    } else {
      acrossNodes(needs).ifPresent(sets::add);
    }
    sets.sort(Comparator.comparingLong(this::weight)); // stable
    for (Set<Victim> set : sets) {
      if (mayGo(set)) {
        Set<Victim> needed = needed(set);
        if (placer.fits(gang, room(needed))) {
          return Optional.of(ImmutableList.copyOf(needed));
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Set<Victim>> onNode(int i, int needs) {
    Set<Victim> set = new LinkedHashSet<>();
    int gpus = free.gpus(i);
    for (Victim victim : byNode.getOrDefault(free.node(i).id(), List.of())) {
      if (gpus >= needs) {
        break;
      }
      set.add(victim);
      if (mayGo(set)) {
        gpus += gpusOn(victim, free.node(i).id());
      } else {
        set.remove(victim);
      }
    }
    return set.size() > 1 && gpus >= needs ? Optional.of(set) : Optional.empty();
  }

  private Optional<Set<Victim>> acrossNodes(int needs) {
    List<NodeId> nodes = new ArrayList<>(byNode.keySet());
    Map<NodeId, Integer> gpusToFree = new HashMap<>();
    nodes.forEach(node -> gpusToFree.put(node, gpusToFree(node)));
    nodes.sort(Comparator.comparing(gpusToFree::get)); // stable: ties by id
    Set<Victim> set = new LinkedHashSet<>();
    for (NodeId node : nodes) {
      Set<Victim> more = new LinkedHashSet<>(set);
      more.addAll(byNode.getOrDefault(node, List.of()));
      if (more.size() > set.size() && mayGo(more)) {
        set = more;
        if (gpus(set) + free.gpusInAll() >= needs && placer.fits(gang, room(set))) {
          return Optional.of(set);
        }
      }
    }
    return Optional.empty();
  }

  private int gpusToFree(NodeId node) {
    return byNode.getOrDefault(node, List.of()).stream().mapToInt(Victim::gpus).sum();
  }

  /** Those without whom the gang would not start; the dearest are spared first. */
  private Set<Victim> needed(Set<Victim> set) {
    Set<Victim> needed = new LinkedHashSet<>(set);
    if (set.size() > 1) {
      List<Victim> dearestFirst = new ArrayList<>(set);
      dearestFirst.sort(Comparator.comparingLong((Victim victim) -> -victim.weight(rules)));
      for (Victim victim : dearestFirst) {
        needed.remove(victim);
        if (needed.isEmpty() || !placer.fits(gang, room(needed))) {
          needed.add(victim);
        }
      }
    }
    return needed;
  }

  /** What the gang could use if these were gone. */
  private Room room(Collection<Victim> gone) {
    Room room = free.copy();
    gone.forEach(victim -> room.giveBackWhereOpen(victim.members()));
    earlier.forEach(shadow -> room.takeAtMost(shadow.members()));
    return room;
  }

  private boolean mayGo(Set<Victim> set) {
    Map<String, Integer> gpusByLeaf = new HashMap<>();
    for (Victim victim : set) {
      gpusByLeaf.merge(victim.terms().queue(), victim.gpus(), Integer::sum);
    }
    int dear = set.stream().filter(Victim::isDear).mapToInt(Victim::gpus).sum();
    return gpus(set) <= freedMax && dear <= budget && guarantees.spares(gang.queue(), gpusByLeaf);
  }

  private long weight(Set<Victim> set) {
    return set.stream().mapToLong(victim -> victim.weight(rules)).sum();
  }

  private static int gpus(Set<Victim> set) {
    return set.stream().mapToInt(Victim::gpus).sum();
  }

  private static int gpusOn(Victim victim, NodeId node) {
    return victim.members().stream()
        .filter(member -> member.node().equals(node))
        .mapToInt(member -> member.size().gpus())
        .sum();
  }

  private static List<NodeId> nodes(ImmutableList<Member> members) {
    return members.stream().map(Member::node).toList();
  }
}
