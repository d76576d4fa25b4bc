package org.yarngpu.scale;

/**
 * Kubernetes' HorizontalPodAutoscaler on a target utilisation, with its default behaviour: no
 * change within a tenth of the target; at most twice as many, or four more, in one step; what the
 * last 300 s wanted is kept.
 *
 * <p>Source: Kubernetes documentation, "Horizontal Pod Autoscaling". Differs from it in its favour:
 * utilisation is the load over what the wanted replicas serve, so it exceeds 1 where real replicas
 * only queue, and replicas that still start are not added twice.
 *
 * @param target utilisation, in (0, 1]
 */
public record Hpa(double target, ReplicaBounds bounds) implements ScalePolicy {
  private static final double TOLERANCE = 0.1;

  @Override
  public Decision decide(Signals signals, Memory memory) {
    double load = signals.minuteMean();
    if (signals.ageMs() > STALE_MS || Double.isNaN(load) || !(signals.serviceRate() > 0)) {
      return new Decision(bounds.clip(signals.replicas()), memory);
    }
    int replicas = Math.max(1, signals.replicas());
    long wish = desired(replicas, load / (replicas * signals.serviceRate()), target);
    Memory later = memory.plus(signals.nowMs(), bounds.clip(wish));
    long limit = Math.max(2L * replicas, replicas + 4L);
    return new Decision(bounds.clip(Math.min(limit, later.largest())), later);
  }

  /** Kubernetes' formula. */
  static long desired(int replicas, double metric, double target) {
    double ratio = metric / target;
    return Math.abs(ratio - 1) <= TOLERANCE ? replicas : (long) Math.ceil(replicas * ratio - 1e-9);
  }
}
