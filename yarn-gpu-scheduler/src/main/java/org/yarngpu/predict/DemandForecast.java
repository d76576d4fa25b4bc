package org.yarngpu.predict;

import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * How many GPUs a pool of services will want, from what it wanted: the mean of its usual demand at
 * that time of day and of its latest, plus a quantile of how far such forecasts were off.
 *
 * <p>Bins of ten minutes, the largest demand in each, seven days of them: at most 20 KiB. Seasonal
 * and recent medians as in Hu et al., "Lucid" (ASPLOS 2023); the quantile of past errors makes it a
 * bound (compare GFS, ASPLOS 2026, on quotas of spot GPUs by forecast).
 */
public final class DemandForecast {
  private static final long BIN_MS = 600_000;
  private static final int DAY = 144;
  private static final int DAYS = 7;
  private static final int RECENT = 36;
  private static final int LEAD = 6;

  /** Demand by bin, the newest at {@link #newest}; NaN where nothing was seen. */
  private final double[] demand = new double[DAY * DAYS + 1];

  private final double[] errors = new double[DAY * DAYS];
  private int errorsSeen;
  private long newest = -1;
  private long oldest;

  /** What was forecast for the bins to come, by bin modulo its length. */
  private final double[] said = new double[LEAD + 1];

  public DemandForecast() {
    Arrays.fill(demand, Double.NaN);
    Arrays.fill(said, Double.NaN);
  }

  /**
   * Takes in what the pool wants now.
   *
   * @param nowMs epoch milliseconds; earlier than before counts as the latest before
   * @param gpus at least 0
   */
  public void observe(long nowMs, double gpus) {
    long bin = Math.max(newest, nowMs / BIN_MS);
    if (newest < 0 || bin - newest >= demand.length) {
      Arrays.fill(demand, Double.NaN);
      Arrays.fill(said, Double.NaN);
      newest = bin;
      oldest = bin;
    }
    while (newest < bin) {
      close();
    }
    int at = index(bin);
    demand[at] = Double.isNaN(demand[at]) ? gpus : Math.max(demand[at], gpus);
  }

  /**
   * Ends the newest bin: judges what was said of it, and says what the one after the lead wants.
   */
  private void close() {
    double was = demand[index(newest)];
    double forecast = said[(int) (newest % said.length)];
    if (!Double.isNaN(was) && !Double.isNaN(forecast)) {
      errors[errorsSeen++ % errors.length] = was - forecast;
    }
    said[(int) ((newest + LEAD) % said.length)] = expected(newest + LEAD);
    newest++;
    demand[index(newest)] = Double.NaN;
  }

  /**
   * The most that is wanted at some time within the horizon, exceeded with probability 1 - share at
   * each time; empty before a day was seen.
   *
   * @param horizonMs up to 1 h, the lead at which past forecasts were judged
   * @param share in (0, 1)
   */
  public OptionalDouble upper(long horizonMs, double share) {
    if (newest - oldest < DAY + LEAD || errorsSeen == 0) {
      return OptionalDouble.empty();
    }
    double margin = Quantile.of(Arrays.copyOf(errors, Math.min(errorsSeen, errors.length)), share);
    double most = 0;
    for (long bin = newest; bin <= newest + horizonMs / BIN_MS; bin++) {
      most = Math.max(most, expected(bin) + margin);
    }
    return OptionalDouble.of(most);
  }

  /** Usual and latest demand, as known at the newest bin. */
  private double expected(long bin) {
    double[] usual = new double[DAYS];
    int days = 0;
    for (int day = 1; day <= DAYS; day++) {
      long then = bin - (long) day * DAY;
      if (then >= oldest && then > newest - demand.length && !Double.isNaN(demand[index(then)])) {
        usual[days++] = demand[index(then)];
      }
    }
    double[] latest = new double[RECENT];
    int bins = 0;
    for (long then = newest; then > newest - RECENT && then >= oldest; then--) {
      if (!Double.isNaN(demand[index(then)])) {
        latest[bins++] = demand[index(then)];
      }
    }
    double recent = bins == 0 ? Double.NaN : Quantile.of(Arrays.copyOf(latest, bins), 0.5);
    return days == 0 ? recent : (Quantile.of(Arrays.copyOf(usual, days), 0.5) + recent) / 2;
  }

  private int index(long bin) {
    return (int) (bin % demand.length);
  }
}
