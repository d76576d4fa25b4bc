package org.yarngpu.scale;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.stream.DoubleStream;

/** Signals of a service whose replicas serve two requests a second. */
final class LoadFixture {
  static final double RATE = 2;
  static final ReplicaBounds BOUNDS = new ReplicaBounds(1, 1000);

  private LoadFixture() {}

  static ImmutableDoubleArray steady(double load) {
    return ImmutableDoubleArray.copyOf(
        DoubleStream.generate(() -> load).limit(Signals.SAMPLES_MAX));
  }

  static Signals at(long nowMs, double load, int replicas) {
    return new Signals(nowMs, 0, steady(load), 0, replicas, RATE, Double.NaN);
  }

  static Signals stale(long nowMs, long ageMs, double load, int replicas) {
    return new Signals(nowMs, ageMs, steady(load), 0, replicas, RATE, Double.NaN);
  }

  static Scaler ours(SeasonalForecast forecast) {
    return new Scaler(forecast, 60, 30, new ErlangC(0.5), BOUNDS);
  }
}
