package org.yarngpu.policy.order;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Orders.UserTerms;
import org.yarngpu.policy.order.Standing.Factors;

/**
 * Application priority, then the least index: that of the forecast times GPUs over the weight of
 * the user, multiplied by 2 to the power of the weighted factors. Gangs without a forecast come
 * last.
 *
 * <p>Shortest first minimises the mean wait where times are known; the forecast hedges where they
 * are not (Gu et al., "Tiresias", NSDI 2019, for the hedge). Weighted factors are those of Slurm's
 * multifactor priority; they differ from it in being exponents, so that a weight means the same for
 * short and long jobs.
 */
final class ShortestPredictedFirst implements LeafOrder {
  private static final double LN_2 = Math.log(2);

  @Override
  public Function<Gang, Standing> of(ClusterSnapshot snapshot) {
    InCycle inCycle = new InCycle(snapshot);
    return inCycle::standing;
  }

  private static final class InCycle {
    private final ClusterSnapshot snapshot;
    private final Orders orders;
    private final OrderWeights weights;

    /** By queue: what all its users have used of late, GPU milliseconds. */
    private final Map<String, Double> used = new HashMap<>();

    InCycle(ClusterSnapshot snapshot) {
      this.snapshot = snapshot;
      this.orders = snapshot.orders();
      this.weights = orders.weights();
    }

    Standing standing(Gang gang) {
      @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
      int gpus = gang.minimumSize().gpus();
      double weight = orders.user(gang.queue(), gang.user()).weight();
      return Standing.of(
          LeafOrderName.PREDICTED,
          gang,
          forecast == null || weight == 0
              ? Standing.LAST
              : Math.round(forecast.indexMs() * gpus / weight),
          weights.equals(OrderWeights.NONE) ? Factors.NONE : factors(gang, gpus, forecast));
    }

    private Factors factors(Gang gang, int gpus, @Nullable Forecast forecast) {
      return new Factors(
          -thousandths(weights.age(), age(gang)),
          thousandths(weights.use(), weights.use() == 0 ? 0 : use(gang)),
          -thousandths(weights.deadline(), urgency(gang, forecast)),
          thousandths(weights.size(), Math.log(Math.max(1, gpus)) / LN_2));
    }

    private static int thousandths(double weight, double factor) {
      return (int) Math.round(1000 * weight * factor);
    }

    /** Time waited, as a part of that after which nobody waits behind the order; in [0, 1]. */
    private double age(Gang gang) {
      double waitedMs = (double) Math.max(0, snapshot.nowMs() - gang.submittedMs());
      return Math.min(1, waitedMs / orders.starveAfterMs());
    }

    /** The user's part of what the queue has used of late, in [0, 1]. */
    private double use(Gang gang) {
      double ofAll =
          used.computeIfAbsent(
              gang.queue(),
              queue ->
                  orders.usersOf(queue).values().stream().mapToDouble(UserTerms::usedGpuMs).sum());
      return ofAll == 0 ? 0 : orders.user(gang.queue(), gang.user()).usedGpuMs() / ofAll;
    }

    /** The part of the time left until its deadline that the job needs to run, in [0, 1]. */
    private double urgency(Gang gang, @Nullable Forecast forecast) {
      OptionalLong dueMs = orders.gang(gang.id()).dueMs();
      if (dueMs.isEmpty()) {
        return 0;
      }
      double leftMs = (double) (dueMs.getAsLong() - snapshot.nowMs());
      double needsMs = forecast == null ? 0 : (double) forecast.remainingMs();
      return leftMs <= needsMs ? 1 : needsMs / leftMs;
    }
  }
}
