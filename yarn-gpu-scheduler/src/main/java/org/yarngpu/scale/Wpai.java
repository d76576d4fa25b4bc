package org.yarngpu.scale;

/**
 * Scaling by forecast utilisation: up at once to what is expected, down below 0.8 of it.
 *
 * <p>Source: the formula published for 58.com's WPAI platform. Its forecast by gradient-boosted
 * trees is not public: the trend of the last ten minutes stands in for it, so results do not speak
 * for the original.
 *
 * @param expected utilisation, in (0, 1]
 * @param aheadSeconds when the forecast is for: start delay and control period, at least 0
 */
public record Wpai(double expected, double aheadSeconds, ReplicaBounds bounds)
    implements ScalePolicy {
  private static final double DOWN_BELOW = 0.8;

  @Override
  public Decision decide(Signals signals, Memory memory) {
    double load = signals.trend(aheadSeconds);
    if (signals.ageMs() > STALE_MS || Double.isNaN(load) || !(signals.serviceRate() > 0)) {
      return new Decision(bounds.clip(signals.replicas()), memory);
    }
    int replicas = Math.max(1, signals.replicas());
    long wish = desired(replicas, load / (replicas * signals.serviceRate()), expected);
    return new Decision(bounds.clip(wish), memory);
  }

  /** WPAI's formula. */
  static long desired(int replicas, double forecast, double expected) {
    double wanted = forecast / expected * replicas;
    if (forecast > expected) {
      return (long) Math.ceil(wanted - 1e-9);
    }
    return forecast < DOWN_BELOW * expected ? (long) Math.floor(wanted + 1e-9) : replicas;
  }
}
