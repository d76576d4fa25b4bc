package org.yarngpu.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * Running gangs that lose their GPUs so that a waiting one can start, and where it will: those GPUs
 * are held for it until it starts, is withdrawn or the hold expires.
 *
 * @param placement of the gang that it is for, on GPUs that are free or will be
 * @param victims whole gangs, at least one
 * @param untilMs when the hold expires, epoch milliseconds; empty while a victim still runs
 */
public record Eviction(
    Placement placement, ImmutableSortedSet<GangId> victims, OptionalLong untilMs) {

  /** Whom it is for. */
  public GangId gang() {
    return placement.gang();
  }

  /** What is held for it. */
  public Reservation hold() {
    Map<NodeId, Resources> held = new TreeMap<>();
    for (Placement.Member member : placement.members()) {
      held.merge(member.node(), member.size(), Resources::plus);
    }
    return new Reservation(gang(), placement.partition(), ImmutableSortedMap.copyOf(held));
  }

  /** The same for the members that are still to start; empty if these are all. */
  public Optional<Eviction> without(List<Placement.Member> started) {
    List<Placement.Member> rest = new ArrayList<>(placement.members());
    started.forEach(rest::remove);
    return rest.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Eviction(
                new Placement(gang(), placement.partition(), ImmutableList.copyOf(rest)),
                victims,
                untilMs));
  }

  public Eviction until(long ms) {
    return new Eviction(placement, victims, OptionalLong.of(ms));
  }
}
