package org.yarngpu.planner;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import java.util.TreeMap;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.GangId;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;

/**
 * A reservation by forecast: where a waiting gang is expected to start, and when.
 *
 * @param gang whose
 * @param inMs time until its start; 0 is as soon as what is promised to others allows
 * @param members what it will hold
 */
record Shadow(GangId gang, long inMs, ImmutableList<Member> members) {

  /** Stands for the asks of a firm reservation, which knows sizes only. */
  private static final AskKey HELD = new AskKey(0, 0);

  /** What is held from now on, whatever run times say. */
  static Shadow of(Reservation firm) {
    return new Shadow(
        firm.gang(),
        0,
        firm.held().entrySet().stream()
            .map(held -> new Member(HELD, held.getValue(), held.getKey()))
            .collect(toImmutableList()));
  }

  /** The same, to be held from now on. */
  Reservation firm(String partition) {
    Map<NodeId, Resources> held = new TreeMap<>();
    members.forEach(member -> held.merge(member.node(), member.size(), Resources::plus));
    return new Reservation(gang, partition, ImmutableSortedMap.copyOf(held));
  }
}
