package org.yarngpu.scale;

import com.google.common.collect.ImmutableList;

/**
 * What a policy decided before, as far as it counts: the wishes of its window that no later wish
 * exceeds, and the last step down.
 *
 * @param wishes the oldest and largest first
 * @param downMs when it last shrank; its start if it never did
 */
public record Memory(ImmutableList<Wish> wishes, long downMs) {

  /** Replicas are given back when none of the wishes of this time needs them, by default. */
  public static final long WINDOW_MS = 300_000;

  /** How many replicas were wanted at a moment, had there been no limit to the steps. */
  public record Wish(long atMs, int replicas) {}

  /** A policy that begins with the replicas that there are: it keeps them for a whole window. */
  public static Memory starting(long nowMs, int replicas) {
    return new Memory(ImmutableList.of(new Wish(nowMs, replicas)), nowMs);
  }

  /** The same and one more wish, under the default window. */
  Memory plus(long nowMs, int replicas) {
    return plus(nowMs, replicas, WINDOW_MS);
  }

  /** The same and one more wish; what it exceeds, and what is older than the window, is gone. */
  Memory plus(long nowMs, int replicas, long windowMs) {
    ImmutableList.Builder<Wish> kept = ImmutableList.builder();
    for (Wish wish : wishes) {
      if (wish.replicas > replicas && wish.atMs > nowMs - windowMs) {
        kept.add(wish);
      }
    }
    return new Memory(kept.add(new Wish(nowMs, replicas)).build(), downMs);
  }

  Memory shrunk(long nowMs) {
    return new Memory(wishes, nowMs);
  }

  /** The largest wish of the window. */
  int largest() {
    return wishes.get(0).replicas;
  }
}
