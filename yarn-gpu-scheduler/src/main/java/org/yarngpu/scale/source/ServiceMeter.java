package org.yarngpu.scale.source;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.yarngpu.scale.Reading;

/**
 * Makes readings of a service out of its replicas' counters, round by round. A counter that is
 * smaller than before began anew. Replicas that did not answer, or answered for the first time, are
 * taken for as busy as the others, as long as at least half are known. Not thread-safe.
 */
public final class ServiceMeter {

  private static final double QUANTILE = 0.99;
  private static final double KNOWN_SHARE_MIN = 0.5;

  private Map<String, Metered> before = new HashMap<>();

  private record Metered(long atMs, ReplicaMetrics metrics) {}

  /** What one replica did between two rounds. */
  private record Step(
      double arrivals, double served, double latencySum, double latencyCount, ReplicaMetrics now) {}

  /**
   * Takes a round in.
   *
   * @param metrics of each replica that answered and is known, by a name that stays the same
   * @param replicas that were asked
   * @return empty if too few are known
   */
  public Optional<Reading> round(
      long nowMs, ImmutableMap<String, ReplicaMetrics> metrics, int replicas) {
    List<Step> steps = new ArrayList<>();
    TreeMap<Double, Double> buckets = new TreeMap<>();
    for (Map.Entry<String, ReplicaMetrics> entry : metrics.entrySet()) {
      Metered earlier = before.get(entry.getKey());
      if (earlier != null && nowMs > earlier.atMs) {
        steps.add(step(earlier, entry.getValue(), (nowMs - earlier.atMs) / 1000.0));
        addBuckets(earlier.metrics, entry.getValue(), buckets);
      }
    }
    before = new HashMap<>();
    metrics.forEach((name, now) -> before.put(name, new Metered(nowMs, now)));
    return steps.isEmpty() || steps.size() < KNOWN_SHARE_MIN * replicas
        ? Optional.empty()
        : Optional.of(reading(nowMs, steps, buckets, replicas));
  }

  private static Step step(Metered earlier, ReplicaMetrics now, double seconds) {
    double answered = since(earlier.metrics.served(), now.served());
    double more = now.inFlight() - earlier.metrics.inFlight();
    double arrived = Double.isNaN(more) ? answered : Math.max(0, answered + more);
    return new Step(
        arrived / seconds,
        answered / seconds,
        since(earlier.metrics.latencySum(), now.latencySum()),
        since(earlier.metrics.latencyCount(), now.latencyCount()),
        now);
  }

  private static double since(double before, double now) {
    return now < before ? now : now - before;
  }

  private static void addBuckets(
      ReplicaMetrics before, ReplicaMetrics now, NavigableMap<Double, Double> buckets) {
    boolean anew = now.latencyCount() < before.latencyCount();
    now.buckets()
        .forEach(
            (bound, count) -> {
              double earlier = anew ? 0 : before.buckets().getOrDefault(bound, 0.0);
              buckets.merge(bound, Math.max(0, count - earlier), Double::sum);
            });
  }

  private static Reading reading(
      long nowMs, List<Step> steps, NavigableMap<Double, Double> buckets, int replicas) {
    double scale = (double) replicas / steps.size();
    double latencySum = steps.stream().mapToDouble(Step::latencySum).sum();
    double latencyCount = steps.stream().mapToDouble(Step::latencyCount).sum();
    return new Reading(
        nowMs,
        scale * steps.stream().mapToDouble(Step::arrivals).sum(),
        scale * steps.stream().mapToDouble(Step::served).sum(),
        scale * steps.stream().mapToDouble(step -> step.now.inFlight()).sum(),
        scale * steps.stream().mapToDouble(step -> step.now.waiting()).sum(),
        latencyCount > 0 ? latencySum / latencyCount : Double.NaN,
        quantile(buckets, QUANTILE),
        Math.max(1, replicas));
  }

  /**
   * The quantile of a histogram, linear within its bucket; the largest bound that is finite, if it
   * lies above that; NaN without any request.
   */
  static double quantile(NavigableMap<Double, Double> cumulated, double q) {
    double total = cumulated.isEmpty() ? 0 : cumulated.lastEntry().getValue();
    if (!(total > 0)) {
      return Double.NaN;
    }
    double lowerBound = 0;
    double below = 0;
    for (Map.Entry<Double, Double> bucket : cumulated.entrySet()) {
      if (bucket.getKey().isInfinite()) {
        break;
      }
      if (bucket.getValue() >= q * total) {
        double share = (q * total - below) / (bucket.getValue() - below);
        return lowerBound + share * (bucket.getKey() - lowerBound);
      }
      lowerBound = bucket.getKey();
      below = bucket.getValue();
    }
    return lowerBound;
  }
}
