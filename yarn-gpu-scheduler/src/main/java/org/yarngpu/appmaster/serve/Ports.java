package org.yarngpu.appmaster.serve;

import com.google.common.collect.ImmutableSet;
import java.util.Collection;
import java.util.function.IntPredicate;

/** Chooses where replicas listen: below the ports that Linux gives to outgoing connections. */
final class Ports {

  static final int MIN = 20_000;
  static final int COUNT = 12_000;

  /** Spreads neighbours; prime to the number of ports. */
  private static final long STRIDE = 7919;

  private Ports() {}

  /**
   * Returns the first of two ports in a row that nobody has. Another program may take one before
   * the replica does: then the replica fails, and the next one gets other ports.
   *
   * @param seed of the replica; different seeds begin at different ports
   * @param neighbours ports that other replicas have on the same host
   * @param isTaken whether somebody listens at a port
   */
  static int pair(long seed, Collection<Integer> neighbours, IntPredicate isTaken) {
    ImmutableSet<Integer> used = ImmutableSet.copyOf(neighbours);
    int pairs = COUNT / 2;
    int first = (int) Math.floorMod(seed * STRIDE, (long) pairs);
    for (int step = 0; step < pairs; step++) {
      int port = MIN + 2 * ((first + step) % pairs);
      if (!used.contains(port) && !isTaken.test(port) && !isTaken.test(port + 1)) {
        return port;
      }
    }
    return MIN + 2 * first;
  }
}
