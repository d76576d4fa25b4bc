package org.yarngpu.policy.order;

import java.util.Comparator;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;

/**
 * Application priority, then the least expected remaining GPU time, then submission. Gangs without
 * a forecast come last.
 *
 * <p>Shortest first minimises the mean wait where times are known; the forecast hedges where they
 * are not (Gu et al., "Tiresias", NSDI 2019, for the hedge).
 */
public final class ShortestPredictedFirst implements LeafOrder {
  @Override
  public Comparator<Gang> of(ClusterSnapshot snapshot) {
    return Comparator.comparingInt(Gang::priority)
        .reversed()
        .thenComparingDouble(gang -> index(gang, snapshot))
        .thenComparingLong(Gang::submittedMs)
        .thenComparing(Gang::id);
  }

  /** Expected remaining GPU-milliseconds. */
  private static double index(Gang gang, ClusterSnapshot snapshot) {
    Forecast forecast = snapshot.forecasts().get(gang.id());
    return forecast == null
        ? Double.MAX_VALUE
        : forecast.expectedRemainingMs() * gang.minimumSize().gpus();
  }
}
