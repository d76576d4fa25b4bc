package org.yarngpu.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;

/**
 * What a cycle decided.
 *
 * @param placements in the order of commit
 * @param reservations all that hold from now on, by partition; what is missing here has ended
 * @param promises all that hold from now on, by gang: the predicted starts of the first waiters
 * @param rejections why each other gang waits, or must end where the cure is {@link Cure#NONE}
 */
public record Plan(
    ImmutableList<Placement> placements,
    ImmutableSortedMap<String, Reservation> reservations,
    ImmutableSortedMap<GangId, Promise> promises,
    ImmutableSortedMap<GangId, Rejection> rejections) {

  /** Without promises. */
  public Plan(
      ImmutableList<Placement> placements,
      ImmutableSortedMap<String, Reservation> reservations,
      ImmutableSortedMap<GangId, Rejection> rejections) {
    this(placements, reservations, ImmutableSortedMap.of(), rejections);
  }
}
