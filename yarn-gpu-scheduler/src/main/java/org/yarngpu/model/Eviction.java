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
 * @param victims whole gangs
 * @param shrinks elastic gangs that lose surplus and go on; at least one of the two has an entry
 * @param untilMs when the hold expires, epoch milliseconds; empty while a victim still runs
 */
public record Eviction(
    Placement placement,
    ImmutableSortedSet<GangId> victims,
    ImmutableSortedMap<GangId, Shrink> shrinks,
    OptionalLong untilMs) {

  /**
   * What an elastic gang loses.
   *
   * @param members that go
   * @param width members that remain, at least its minimum
   */
  public record Shrink(ImmutableList<Placement.Member> members, int width) {}

  /** One that takes whole gangs only. */
  public Eviction(Placement placement, ImmutableSortedSet<GangId> victims, OptionalLong untilMs) {
    this(placement, victims, ImmutableSortedMap.of(), untilMs);
  }

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
                shrinks,
                untilMs));
  }

  public Eviction until(long ms) {
    return new Eviction(placement, victims, shrinks, OptionalLong.of(ms));
  }
}
