package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * What arrived at an inference service, interval by interval.
 *
 * @param name for reports
 * @param intervalMs length of each interval, at least 1
 * @param load mean requests per second of each interval, at least 0; NaN: not known
 */
public record LoadSeries(String name, long intervalMs, ImmutableDoubleArray load) {
  private static final long DAY_MS = 86_400_000;

  public LoadSeries {
    checkArgument(intervalMs >= 1, "intervalMs (%s) of %s must be at least 1", intervalMs, name);
  }

  /** From the start of the first interval to the end of the last. */
  public long endMs() {
    return intervalMs * load.length();
  }

  /** Load at a moment; NaN: not known. */
  public double at(long ms) {
    return load.get((int) (ms / intervalMs));
  }

  /** Mean load from one moment to a later one, over what is known of it; NaN if nothing is. */
  public double mean(long fromMs, long toMs) {
    double requests = 0;
    long knownMs = 0;
    long from = Math.max(0, fromMs);
    while (from < Math.min(toMs, endMs())) {
      long to = Math.min(Math.min(toMs, endMs()), (from / intervalMs + 1) * intervalMs);
      double load = at(from);
      if (!Double.isNaN(load)) {
        requests += load * (to - from);
        knownMs += to - from;
      }
      from = to;
    }
    return knownMs == 0 ? Double.NaN : requests / knownMs;
  }

  /**
   * The same, repeated until at least a moment: by whole days, as loads keep the time of day, or
   * all of it if it is shorter than a day.
   */
  public LoadSeries repeatedUntil(long ms) {
    if (ms <= endMs()) {
      return this;
    }
    long days = endMs() / DAY_MS;
    int length =
        days == 0 || DAY_MS % intervalMs != 0
            ? load.length()
            : (int) (days * (DAY_MS / intervalMs));
    ImmutableDoubleArray.Builder longer = ImmutableDoubleArray.builder();
    for (int i = 0; i < (ms + intervalMs - 1) / intervalMs; i++) {
      longer.add(load.get(i < load.length() ? i : i % length));
    }
    return new LoadSeries(name, intervalMs, longer.build());
  }

  /** The same, where intervals with less than a share of the mean load count as not known. */
  public LoadSeries withoutBelow(double share) {
    double floor = share * load.stream().filter(one -> !Double.isNaN(one)).average().orElse(0);
    return new LoadSeries(
        name,
        intervalMs,
        ImmutableDoubleArray.copyOf(load.stream().map(one -> one < floor ? Double.NaN : one)));
  }
}
