package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.yarngpu.model.Gang;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;

/**
 * The cheapest surplus members whose GPUs let one waiting gang start: those of one node if it fits
 * there, else those that are spread the most, so that what remains of their gangs stays together.
 */
final class SurplusSearch {
  private final Gang gang;
  private final Room room;
  private final Iterable<Shadow> earlier;
  private final List<Victim> elastic;
  private final EvictionRules rules;
  private final GangPlacer placer = new GangPlacer();

  /**
   * @param room what the gang could use now but for reservations by forecast
   * @param earlier of gangs that come before it
   * @param elastic gangs that run with more than their minimum
   */
  SurplusSearch(
      Gang gang, Room room, Iterable<Shadow> earlier, List<Victim> elastic, EvictionRules rules) {
    this.gang = gang;
    this.room = room;
    this.earlier = earlier;
    this.elastic = elastic;
    this.rules = rules;
  }

  /** Members that go, by their gang; empty if all surplus would not be enough. */
  Optional<ImmutableMap<Victim, ImmutableList<Member>>> cheapest() {
    if (elastic.isEmpty()) {
      return Optional.empty();
    }
    TreeSet<NodeId> nodes = new TreeSet<>();
    elastic.forEach(victim -> victim.members().forEach(member -> nodes.add(member.node())));
    List<Map<Victim, List<Member>>> sets = new ArrayList<>();
    nodes.forEach(node -> sets.add(onNode(node)));
    sets.add(all());
    return sets.stream()
        .filter(set -> fits(List.of(), set))
        .map(set -> needed(List.of(), set))
        .min(
            Comparator.comparingLong(this::weight)
                .thenComparingInt(SurplusSearch::gpus)); // ties by node
  }

  /** As much of each gang's surplus as it has. */
  Map<Victim, List<Member>> all() {
    Map<Victim, List<Member>> all = new LinkedHashMap<>();
    for (Victim victim : elastic) {
      Map<NodeId, Integer> neighbours = new HashMap<>();
      victim.members().forEach(member -> neighbours.merge(member.node(), 1, Integer::sum));
      all.put(
          victim,
          victim.members().stream()
              .sorted(
                  Comparator.comparingInt(
                          (Member member) -> neighbours.getOrDefault(member.node(), 0))
                      .thenComparing(Member::node))
              .limit(victim.surplus())
              .toList());
    }
    return all;
  }

  /** Those of the set without whom the gang would not start; the dearest gangs are spared first. */
  ImmutableMap<Victim, ImmutableList<Member>> needed(
      List<Victim> whole, Map<Victim, List<Member>> set) {
    Map<Victim, List<Member>> needed = new LinkedHashMap<>(set);
    List<Victim> dearestFirst = new ArrayList<>(set.keySet());
    dearestFirst.sort(Comparator.comparingLong((Victim victim) -> -victim.weight(rules)));
    for (Victim victim : dearestFirst) {
      List<Member> members = needed.remove(victim);
      if (members != null && !fits(whole, needed)) {
        needed.put(victim, members);
      }
    }
    for (Victim victim : List.copyOf(needed.keySet())) {
      List<Member> members = new ArrayList<>(needed.getOrDefault(victim, List.of()));
      needed.put(victim, members);
      for (Member member : List.copyOf(members)) {
        members.remove(member);
        if (!fits(whole, needed)) {
          members.add(member);
        }
      }
    }
    ImmutableMap.Builder<Victim, ImmutableList<Member>> result = ImmutableMap.builder();
    needed.forEach((victim, members) -> result.put(victim, ImmutableList.copyOf(members)));
    return result.build();
  }

  private boolean fits(List<Victim> whole, Map<Victim, ? extends List<Member>> shrinks) {
    return placer.fits(gang, after(whole, shrinks));
  }

  /** What the gang could use if these were gone. */
  Room after(List<Victim> whole, Map<Victim, ? extends List<Member>> shrinks) {
    Room after = with(room, shrinks);
    whole.forEach(victim -> after.giveBackWhereOpen(victim.members()));
    earlier.forEach(shadow -> after.takeAtMost(shadow.members()));
    return after;
  }

  /** What is free once these members are gone too. */
  static Room with(Room base, Map<Victim, ? extends List<Member>> gone) {
    Room room = base.copy();
    gone.values().forEach(room::giveBackWhereOpen);
    return room;
  }

  static int gpus(Map<Victim, ? extends List<Member>> set) {
    return set.values().stream()
        .flatMap(List::stream)
        .mapToInt(member -> member.size().gpus())
        .sum();
  }

  private Map<Victim, List<Member>> onNode(NodeId node) {
    Map<Victim, List<Member>> set = new LinkedHashMap<>();
    for (Victim victim : elastic) {
      List<Member> members =
          victim.members().stream()
              .filter(member -> member.node().equals(node))
              .limit(victim.surplus())
              .toList();
      if (!members.isEmpty()) {
        set.put(victim, members);
      }
    }
    return set;
  }

  /** All members of a gang that shrinks are started anew. */
  private long weight(Map<Victim, ? extends List<Member>> set) {
    return set.keySet().stream().mapToLong(victim -> victim.weight(rules)).sum();
  }
}
