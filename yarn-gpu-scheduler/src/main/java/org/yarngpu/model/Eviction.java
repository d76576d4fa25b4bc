package org.yarngpu.model;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Map;
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

  /** The same by a clock that was set ahead by so much, or back if less than 0. */
  public Eviction moved(long byMs) {
    return untilMs.isEmpty() ? this : until(untilMs.getAsLong() + byMs);
  }

  public Eviction until(long ms) {
    return new Eviction(placement, victims, OptionalLong.of(ms));
  }
}
