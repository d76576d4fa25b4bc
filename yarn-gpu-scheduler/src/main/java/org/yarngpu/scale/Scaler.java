package org.yarngpu.scale;

/**
 * Ours: as many replicas as the larger of what the past had when a replica that starts now will
 * serve, and of what the last minutes show.
 *
 * <p>Grows at once. Shrinks to what the past promises and the last 300 s showed, at most a fifth a
 * minute; where the window is another, in as many steps. A wish within a twentieth of what there is
 * changes nothing. Never shrinks by stale loads.
 *
 * <p>The present is the last minute and how much the load varied in the last five. Under a shorter
 * window it is a fifth of that and the variation within it, else what was five minutes ago would
 * keep replicas longer than the window says.
 *
 * <p>Source: this project's design. Differs from it in that a forecast is kept for as long as it is
 * made, not for 300 s more; in the quantile of 0.95 that this pays for; and in half the correction
 * of the level, as moments that were like the present one count more already.
 *
 * @param forecast of the same service, in minutes of the same clock as the signals; a decision only
 *     reads it
 * @param startDelaySeconds from the wish for a replica until it serves, at least 0
 * @param periodSeconds between decisions, at least 0
 * @param windowMs replicas are given back when no load of this time needed them, positive
 */
public record Scaler(
    SeasonalForecast forecast,
    double startDelaySeconds,
    double periodSeconds,
    ErlangC sizing,
    ReplicaBounds bounds,
    long windowMs)
    implements ScalePolicy {

  private static final double QUANTILE = 0.95;
  private static final double DEVIATIONS = 1.65;

  /** A slope over two minutes says nothing about times further ahead. */
  private static final double TREND_SECONDS_MAX = 90;

  private static final double BAND = 0.05;
  private static final int STEPS_A_WINDOW = 5;
  private static final long SAMPLE_MS = 1000L * Signals.SAMPLE_SECONDS;
  private static final long LOST_MS = 600_000;

  /** With the default window. */
  public Scaler(
      SeasonalForecast forecast,
      double startDelaySeconds,
      double periodSeconds,
      ErlangC sizing,
      ReplicaBounds bounds) {
    this(forecast, startDelaySeconds, periodSeconds, sizing, bounds, Memory.WINDOW_MS);
  }

  @Override
  public Decision decide(Signals signals, Memory memory) {
    int now = bounds.clip(signals.replicas());
    if (!(signals.serviceRate() > 0) || Double.isInfinite(signals.serviceRate())) {
      return new Decision(now, memory);
    }
    if (signals.ageMs() > STALE_MS || Double.isNaN(present(signals))) {
      return new Decision(signals.ageMs() > LOST_MS ? Math.max(now, usual(signals)) : now, memory);
    }
    Memory later = memory.plus(signals.nowMs(), wish(react(signals), signals), windowMs);
    int wish = wish(load(signals), signals);
    boolean late = wish > now && (signals.backlog() > 0 || signals.latencyShare() > 1);
    if (late || wish >= (1 + BAND) * now) {
      return new Decision(wish, later);
    }
    int kept = Math.max(wish, later.largest());
    boolean rested = signals.nowMs() - memory.downMs() >= windowMs / STEPS_A_WINDOW;
    if (rested && kept < (1 - BAND) * now) {
      int down = bounds.clip(Math.max(kept, stepDown(now)));
      return new Decision(down, later.shrunk(signals.nowMs()));
    }
    return new Decision(now, later);
  }

  /** The fewest that one step down leaves. */
  static int stepDown(int replicas) {
    return replicas - Math.max(1, replicas / 5);
  }

  private int usual(Signals signals) {
    double season = season(signals);
    return Double.isNaN(season) ? 0 : sizing.replicas(season, signals.serviceRate(), bounds);
  }

  private int wish(double load, Signals signals) {
    double backlog = signals.backlog() > 0 ? signals.backlog() / 60 : 0;
    int enough = sizing.replicas(load + backlog, signals.serviceRate(), bounds);
    return signals.latencyShare() > 1
        ? bounds.clip(enough + (long) Math.max(1, Math.ceil(0.1 * enough)))
        : enough;
  }

  /** Requests per second to be ready for. */
  double load(Signals signals) {
    double react = react(signals);
    double season = season(signals);
    return season > react && forecast.isTrusted() ? season : react;
  }

  private double react(Signals signals) {
    return react(signals, Math.min(TREND_SECONDS_MAX, startDelaySeconds + periodSeconds));
  }

  /** What the last minutes show. */
  double react(Signals signals, double aheadSeconds) {
    double deviation = signals.deviation(samples(1, 2));
    double slope = signals.slope(presentSamples());
    return present(signals) + Math.max(DEVIATIONS * deviation, Math.max(0, slope) * aheadSeconds);
  }

  /** Requests per second of late; NaN: not known. */
  double present(Signals signals) {
    return signals.mean(presentSamples());
  }

  private int presentSamples() {
    return samples(STEPS_A_WINDOW, 1);
  }

  /** Samples of a part of the window, of no more than the default one. */
  private int samples(int part, int fewest) {
    long ms = Math.min(windowMs, Memory.WINDOW_MS) / part;
    return (int) Math.max(fewest, ms / SAMPLE_MS);
  }

  /** The largest of the minutes in which a replica that starts now begins to serve, or NaN. */
  private double season(Signals signals) {
    long minute = signals.nowMs() / 60_000;
    double now = present(signals);
    double most = Double.NaN;
    for (int ahead = aheadFrom(); ahead <= aheadTo(); ahead++) {
      double load = forecast.quantile(minute, ahead, now, QUANTILE);
      most = Double.isNaN(most) || load > most ? load : most;
    }
    return most * (1 + forecast.level(minute)) / 2;
  }

  /** Minutes from now to the first that counts: 0, 1 and 2 after 5, 60 and 180 s. */
  int aheadFrom() {
    return (int) Math.round(startDelaySeconds / 90);
  }

  /** Minutes from now to the last that counts: 1, 2 and 4 after 5, 60 and 180 s. */
  int aheadTo() {
    return (int)
        Math.min(SeasonalForecast.DAY, Math.ceil((startDelaySeconds + periodSeconds) / 60));
  }
}
