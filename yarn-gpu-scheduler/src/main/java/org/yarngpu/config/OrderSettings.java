package org.yarngpu.config;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;

/**
 * How gangs are ordered within their leaf queues.
 *
 * @param byPath the order of a queue and of all below it that have none of their own
 * @param weights of the factors of the order {@code predicted}
 * @param starveAfterMs who has waited for so long comes first
 * @param lateFactor who has waited so many times as long as the order of submission would have had
 *     it wait is late, and comes first; at 0 nobody is
 * @param useHalfLifeHours after which use counts half
 */
public record OrderSettings(
    ImmutableSortedMap<String, LeafOrderName> byPath,
    OrderWeights weights,
    int starveAfterMs,
    double lateFactor,
    int useHalfLifeHours) {

  /** That of the queue, else of the nearest queue above it that has one, else by forecast. */
  public LeafOrderName of(String queuePath) {
    for (String path = queuePath; ; path = path.substring(0, path.lastIndexOf('.'))) {
      @Nullable LeafOrderName order = byPath.get(path);
      if (order != null) {
        return order;
      }
      if (path.indexOf('.') < 0) {
        return LeafOrderName.PREDICTED;
      }
    }
  }

  public long useHalfLifeMs() {
    return TimeUnit.HOURS.toMillis(useHalfLifeHours);
  }

  /** The orders of these queues, where nothing is known of users and gangs. */
  public Orders of(Iterable<String> queuePaths) {
    ImmutableMap.Builder<String, LeafOrderName> byQueue = ImmutableMap.builder();
    for (String path : queuePaths) {
      if (of(path) != LeafOrderName.PREDICTED) {
        byQueue.put(path, of(path));
      }
    }
    return new Orders(
        byQueue.build(), weights, starveAfterMs, ImmutableMap.of(), ImmutableMap.of());
  }
}
