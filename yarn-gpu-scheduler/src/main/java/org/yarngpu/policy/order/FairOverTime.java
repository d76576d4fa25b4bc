package org.yarngpu.policy.order;

import static java.util.Comparator.comparingInt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.Orders.UserTerms;

/**
 * Application priority, then the user who has used the least GPU time of late, over the weight of
 * the user; a user's own gangs in the order of submission. What a user's earlier waiting gangs are
 * expected to use counts as used, so that one cycle with many free GPUs is shared, too.
 *
 * <p>Use that decays is that of Slurm's fair-share (Kay and Lauder, "A fair share scheduler", CACM
 * 1988); counting what is ahead is the start tag of fair queueing (Demers, Keshav and Shenker,
 * SIGCOMM 1989).
 */
final class FairOverTime implements LeafOrder {

  /** Whose gangs are in one line. */
  private record Line(String queue, String user, String partition) {}

  @Override
  public Function<Gang, Standing> of(ClusterSnapshot snapshot) {
    Map<Line, List<Gang>> lines = new HashMap<>();
    for (Gang gang : snapshot.gangs()) {
      boolean inLine = gang.complete() && gang.limit().isEmpty();
      if (inLine && snapshot.orders().of(gang.queue()) == LeafOrderName.FAIR_OVER_TIME) {
        lines
            .computeIfAbsent(
                new Line(gang.queue(), gang.user(), gang.partition()), line -> new ArrayList<>())
            .add(gang);
      }
    }
    Map<GangId, Double> ahead = new HashMap<>();
    for (List<Gang> line : lines.values()) {
      line.sort(
          comparingInt(Gang::priority)
              .reversed()
              .thenComparingLong(Gang::submittedMs)
              .thenComparing(Gang::id));
      double expectedGpuMs = 0;
      for (Gang gang : line) {
        ahead.put(gang.id(), expectedGpuMs);
        @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
        if (forecast != null) {
          expectedGpuMs += forecast.expectedRemainingMs() * gang.minimumSize().gpus();
        }
      }
    }
    return gang -> {
      UserTerms user = snapshot.orders().user(gang.queue(), gang.user());
      double gpuMs = user.usedGpuMs() + ahead.getOrDefault(gang.id(), 0.0);
      return Standing.of(
          LeafOrderName.FAIR_OVER_TIME,
          gang,
          user.weight() == 0 ? Standing.LAST : Math.round(gpuMs / user.weight()));
    };
  }
}
