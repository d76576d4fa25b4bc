package org.yarngpu.scale;

import static com.google.common.base.Preconditions.checkArgument;
import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;
import static java.util.Comparator.comparingLong;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which replicas a service gives back: those whose GPUs are worth most to others.
 *
 * <p>One GPU beside seven free ones lets a gang in that needs a whole node; the same GPU amid seven
 * that are in use lets in what would find a place anyway. So, one replica after the other:
 *
 * <ol>
 *   <li>those that are worth least to their service, such as what does not serve;
 *   <li>of these, on the node that would have most free GPUs if all that are still to go went
 *       there, as far as it has so many;
 *   <li>then where the service has fewest, so that a node is soon without it;
 *   <li>then the newest.
 * </ol>
 *
 * <p>Two of four have to go: node a has replicas 2 and 3 and 6 free GPUs, node b replica 1 and 6
 * free, node c replica 4 and none. Replica 3 goes first, as a would have 8, b 7 and c 1; then 2.
 * Had one to go, it were 1: a and b would have 7 each, and b were without the service.
 */
public final class GiveBack {

  private final int gpus;
  private final ImmutableMap<String, Integer> free;

  /**
   * Chooses by the state of a cluster.
   *
   * @param gpus of each replica, at least 0
   * @param free whole free GPUs of nodes; one that is not in it counts as one without any
   */
  public GiveBack(int gpus, Map<String, Integer> free) {
    checkArgument(gpus >= 0, "gpus (%s) of a replica must be at least 0", gpus);
    this.gpus = gpus;
    this.free = ImmutableMap.copyOf(free);
  }

  /**
   * Returns those that should go, the first first.
   *
   * @param instances all that the service has, each with a number of its own
   * @param count how many; none if it is not positive, all if there are no more
   */
  public ImmutableList<Instance> choose(Collection<Instance> instances, int count) {
    Set<Instance> kept = new LinkedHashSet<>(instances);
    Map<String, Integer> freeNow = new TreeMap<>(free);
    ImmutableList.Builder<Instance> chosen = ImmutableList.builder();
    for (int left = Math.min(count, instances.size()); left > 0; left--) {
      Instance next = kept.stream().min(order(kept, freeNow, left)).orElseThrow();
      kept.remove(next);
      freeNow.merge(next.node(), gpus, Integer::sum);
      chosen.add(next);
    }
    return chosen.build();
  }

  private Comparator<Instance> order(Set<Instance> kept, Map<String, Integer> freeNow, int left) {
    return comparingInt(Instance::worth)
        .thenComparing(comparingLong((Instance one) -> room(one, kept, freeNow, left)).reversed())
        .thenComparing(comparingLong(one -> onNodeOf(one, kept)))
        .thenComparing(comparing(Instance::number).reversed());
  }

  /** Free GPUs of its node if as many as may go from there went. */
  private long room(Instance one, Set<Instance> kept, Map<String, Integer> freeNow, int left) {
    long equals =
        kept.stream()
            .filter(other -> other.node().equals(one.node()) && other.worth() == one.worth())
            .count();
    return freeNow.getOrDefault(one.node(), 0) + gpus * Math.min(left, equals);
  }

  private static long onNodeOf(Instance one, Set<Instance> kept) {
    return kept.stream().filter(other -> other.node().equals(one.node())).count();
  }
}
