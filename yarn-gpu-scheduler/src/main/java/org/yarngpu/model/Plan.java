package org.yarngpu.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;

/**
 * What a cycle decided.
 *
 * @param placements in the order of commit
 * @param reservations all that hold from now on, by partition; what is missing here has ended
 * @param promises all that hold from now on, by gang: the predicted starts of the first waiters
 * @param evictions all that hold from now on, by the gang that they are for; one that the snapshot
 *     does not have is new, and its victims are to be told
 * @param rejections why each other gang waits, or must end where the cure is {@link Cure#NONE}
 */
public record Plan(
    ImmutableList<Placement> placements,
    ImmutableSortedMap<String, Reservation> reservations,
    ImmutableSortedMap<GangId, Promise> promises,
    ImmutableSortedMap<GangId, Eviction> evictions,
    ImmutableSortedMap<GangId, Rejection> rejections) {

  /** Without promises and evictions. */
  public Plan(
      ImmutableList<Placement> placements,
      ImmutableSortedMap<String, Reservation> reservations,
      ImmutableSortedMap<GangId, Rejection> rejections) {
    this(placements, reservations, ImmutableSortedMap.of(), ImmutableSortedMap.of(), rejections);
  }
}
