package org.yarngpu.model;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;

/**
 * What a cycle decided.
 *
 * @param placements in the order of commit
 * @param reservations all that hold from now on, by partition; what is missing here has ended
 * @param rejections why each other gang waits, or must end where the cure is {@link Cure#NONE}
 */
public record Plan(
    ImmutableList<Placement> placements,
    ImmutableSortedMap<String, Reservation> reservations,
    ImmutableSortedMap<GangId, Rejection> rejections) {}
