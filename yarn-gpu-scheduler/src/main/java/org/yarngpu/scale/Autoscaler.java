package org.yarngpu.scale;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.yarngpu.scale.ScalePolicy.Decision;

/**
 * Follows one service: readings in, wishes out, each with its reason. Learns the load of each
 * minute on the way. Not thread-safe.
 */
public final class Autoscaler {

  private final Service service;
  private final SeasonalForecast forecast = new SeasonalForecast();
  private final LoadWindow window = new LoadWindow();
  private final long startedMs;
  private ServiceRate measured;
  private Memory memory;
  private Reading newest;

  /** When there last was a request, or somebody said that there will be. */
  private long requestMs;

  private long minute;
  private long clockMs;

  /**
   * What does not change about a service.
   *
   * @param bounds of the number of replicas
   * @param sloSeconds what the 99th percentile of the response time should stay below, positive
   * @param serviceRate requests per second that one replica serves; empty: measured
   * @param concurrency requests that a replica works at together, at least 1
   * @param windowMs replicas go when no load of this time needed them, positive
   * @param periodSeconds between decisions
   */
  public record Service(
      ReplicaBounds bounds,
      double sloSeconds,
      OptionalDouble serviceRate,
      int concurrency,
      long windowMs,
      double periodSeconds) {}

  /**
   * How many replicas there should be.
   *
   * @param replicas wanted from now on
   * @param why in words, with numbers
   */
  public record Wish(int replicas, String why) {}

  /** Begins at a moment with the replicas that are wanted then. */
  public Autoscaler(Service service, long nowMs, int replicas) {
    this.service = service;
    this.startedMs = nowMs;
    this.requestMs = nowMs;
    this.clockMs = nowMs;
    this.minute = nowMs / 60_000;
    this.memory = Memory.starting(nowMs, replicas);
    this.measured = ServiceRate.unknown(service.concurrency);
    this.newest = Reading.ofArrivals(nowMs, Double.NaN, replicas);
  }

  /** Takes a reading in; one that is not newer than the last, or without a load, is none. */
  public void read(Reading reading) {
    if (window.add(reading.atMs(), reading.arrivals())) {
      newest = reading;
      measured = measured.plus(reading);
      if (!reading.isIdle()) {
        requestMs = Math.max(requestMs, reading.atMs());
      }
    }
  }

  /** A request is to come, which no replica can tell of where there is none. */
  public void wake(long nowMs) {
    requestMs = Math.max(requestMs, nowMs);
  }

  /**
   * Decides.
   *
   * @param nowMs milliseconds since any midnight; a clock that goes back stands still here
   * @param replicas wanted so far
   * @param startDelaySeconds from the wish for a replica until it serves
   */
  public Wish decide(long nowMs, int replicas, double startDelaySeconds) {
    clockMs = Math.max(clockMs, nowMs);
    learn(clockMs / 60_000);
    boolean isStale = clockMs - newest.atMs() > ScalePolicy.STALE_MS;
    if (service.bounds.min() == 0 && (replicas == 0 || (newest.isIdle() && !isStale))) {
      Optional<Wish> sleep = sleep(replicas);
      if (sleep.isPresent()) {
        return sleep.get();
      }
    }
    double rate = serviceRate();
    double serviceSeconds = service.concurrency / rate;
    Signals signals = signals(replicas, rate);
    ErlangC sizing = new ErlangC(Math.max(0, service.sloSeconds - known(serviceSeconds)));
    Scaler scaler =
        new Scaler(
            forecast,
            startDelaySeconds,
            service.periodSeconds,
            sizing,
            service.bounds,
            service.windowMs);
    Decision decision = scaler.decide(signals, memory);
    memory = decision.memory();
    String action = action(replicas, decision.replicas());
    return new Wish(decision.replicas(), action + ": " + reason(signals, scaler, serviceSeconds));
  }

  /** None at all once nothing was asked for a whole window; one when it is again. */
  private Optional<Wish> sleep(int replicas) {
    long quietMs = clockMs - requestMs;
    if (quietMs < service.windowMs) {
      return replicas == 0
          ? Optional.of(new Wish(1, action(0, 1) + ": a request woke it"))
          : Optional.empty();
    }
    return Optional.of(
        new Wish(0, "%s: no request for %s s".formatted(action(replicas, 0), quietMs / 1000)));
  }

  /** Requests per second that one replica serves; NaN: not known. */
  public double serviceRate() {
    return service.serviceRate.orElse(measured.value());
  }

  /** Requests per second of the last minute; NaN: not known. */
  public double load() {
    return signals(0, Double.NaN).minuteMean();
  }

  /** The 99th percentile of the newest reading in seconds; NaN: not known. */
  public double p99Seconds() {
    return newest.p99Seconds();
  }

  private void learn(long now) {
    for (long ended = Math.max(minute, now - Signals.SAMPLES_MAX); ended < now; ended++) {
      forecast.learn(ended, window.mean(ended));
    }
    minute = Math.max(minute, now);
  }

  private Signals signals(int replicas, double rate) {
    long readMs = Double.isNaN(newest.arrivals()) ? startedMs : newest.atMs();
    return new Signals(
        clockMs,
        Math.max(0, clockMs - readMs),
        window.samples(clockMs),
        newest.waiting(),
        replicas,
        rate,
        newest.p99Seconds() / service.sloSeconds);
  }

  private static double known(double seconds) {
    return Double.isNaN(seconds) ? 0 : seconds;
  }

  private static String action(int before, int after) {
    if (before == after) {
      return "keeps " + after;
    }
    return "%s from %s to %s".formatted(after > before ? "grows" : "shrinks", before, after);
  }

  private String reason(Signals signals, Scaler scaler, double serviceSeconds) {
    if (Double.isNaN(newest.arrivals())) {
      return "no load is known yet";
    }
    if (signals.ageMs() > ScalePolicy.STALE_MS) {
      return "the newest load is %s s old".formatted(signals.ageMs() / 1000);
    }
    if (Double.isNaN(signals.serviceRate())) {
      return "what a replica serves is not known yet";
    }
    StringBuilder words = new StringBuilder(numbers(signals, scaler));
    if (signals.backlog() > 0) {
      words.append(format(", %.0f wait", signals.backlog()));
    }
    if (signals.latencyShare() > 1) {
      words.append(
          format(
              ", p99 %.0f ms is above %.0f ms",
              1000 * newest.p99Seconds(), 1000 * service.sloSeconds));
    }
    if (serviceSeconds >= service.sloSeconds) {
      words.append(
          format(
              ", and one request takes %.0f ms, which no number of replicas brings below %.0f ms",
              1000 * serviceSeconds, 1000 * service.sloSeconds));
    }
    return words.toString();
  }

  private static String numbers(Signals signals, Scaler scaler) {
    return format(
        "%.2f requests/s, %.2f to be ready for, %.2f a replica",
        scaler.present(signals), scaler.load(signals), signals.serviceRate());
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
