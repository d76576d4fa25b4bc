package org.yarngpu.scale;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What the past says about a minute to come: a quantile of the loads of the same minute of the last
 * seven days, and of the last day's full and half hours as far past the clock, where scheduled work
 * begins. Newer days and the same day of the week weigh more, and so do moments before which the
 * load was what it is now: a peak that does not come this time is given up within a minute.
 * Remembers eight days of minutes, 185 kB; not thread-safe.
 *
 * <p>Source: this project's design, a seasonal quantile. Differs from it in the half hours, the
 * likeness, and two minutes around in place of five; these were chosen on days that are not judged.
 * Where it is no better than "as yesterday" (MASE above 1; Hyndman and Koehler, "Another look at
 * measures of forecast accuracy", 2006) it is not to be trusted.
 */
public final class SeasonalForecast {
  static final int DAY = 1440;
  private static final int DAYS = 7;
  private static final int CAPACITY = 8 * DAY;
  private static final int MINUTES_AROUND = 2;
  private static final double DAY_DECAY = 0.8;
  private static final double WEEK_FACTOR = 1.5;
  private static final int HALF_HOURS = 48;
  private static final double HALF_HOUR_WEIGHT = 0.3;
  private static final int LIKENESS_POWER = 4;
  private static final double LIKENESS_MIN = 1e-6;
  private static final double SUBSTANCE = 0.05;
  private static final int LEVEL_MINUTES = 10;
  private static final double LEVEL_MIN = 0.8;
  private static final double LEVEL_MAX = 1.6;

  private final double[] loads = new double[CAPACITY];

  /** What was forecast for each minute when the one before it was known. */
  private final double[] medians = new double[CAPACITY];

  /** The first minute that is not known yet. */
  private long next;

  /** A load and how much it counts. */
  record Weighted(double load, double weight) {}

  public SeasonalForecast() {
    Arrays.fill(loads, Double.NaN);
    Arrays.fill(medians, Double.NaN);
  }

  /**
   * Learns the load of a minute.
   *
   * @param minute since any midnight, at least 0, after all that are known; minutes between are
   *     unknown
   * @param load mean requests per second; negative or not finite: unknown
   */
  public void learn(long minute, double load) {
    checkArgument(minute >= next, "minute %s is learned after minute %s", minute, next - 1);
    for (long skipped = Math.max(next, minute - CAPACITY); skipped < minute; skipped++) {
      put(skipped, Double.NaN);
    }
    put(minute, Signals.isKnown(load) ? load : Double.NaN);
    next = minute + 1;
  }

  private void put(long minute, double load) {
    medians[index(minute)] = quantile(minute, 0, load(minute - 1), 0.5);
    loads[index(minute)] = load;
  }

  /**
   * The quantile of what followed moments like this one.
   *
   * @param minute the present one, at most one after the last that is known
   * @param ahead minutes from it to the one that is asked for, at least 0
   * @param now load of the last 60 s; NaN if it is not known
   * @param q in (0, 1]
   * @return requests per second; NaN if nothing is known
   */
  double quantile(long minute, int ahead, double now, double q) {
    List<Weighted> seen = new ArrayList<>();
    for (int day = 1; day <= DAYS; day++) {
      for (int around = -MINUTES_AROUND; around <= MINUTES_AROUND; around++) {
        add(minute - (long) day * DAY + around, ahead, now, weight(day), seen);
      }
    }
    for (int back = 1; back <= HALF_HOURS; back++) {
      add(minute - 30L * back, ahead, now, HALF_HOUR_WEIGHT, seen);
    }
    return quantile(seen, q);
  }

  private void add(long then, int ahead, double now, double weight, List<Weighted> seen) {
    double load = load(then + ahead);
    if (!Double.isNaN(load)) {
      seen.add(new Weighted(load, weight * likeness(now, load(then - 1))));
    }
  }

  /** How much the same minute counts so many days later. */
  static double weight(int day) {
    return Math.pow(DAY_DECAY, day) * (day == DAYS ? WEEK_FACTOR : 1);
  }

  /**
   * In (0, 1]: 1 if the loads are the same or one is not known, 0.0625 if one is twice the other.
   */
  static double likeness(double now, double then) {
    if (Double.isNaN(now + then) || now == then) {
      return 1;
    }
    double ratio = Math.min(now, then) / Math.max(now, then);
    return Math.max(LIKENESS_MIN, Math.pow(ratio, LIKENESS_POWER));
  }

  /** Median of the same minute of past days; NaN if nothing is known. */
  double usual(long minute) {
    List<Weighted> seen = new ArrayList<>();
    for (int day = 1; day <= DAYS; day++) {
      for (int around = -MINUTES_AROUND; around <= MINUTES_AROUND; around++) {
        double load = load(minute - (long) day * DAY + around);
        if (!Double.isNaN(load)) {
          seen.add(new Weighted(load, weight(day)));
        }
      }
    }
    return quantile(seen, 0.5);
  }

  /** The smallest load at which the cumulated weight reaches the share q; NaN if there is none. */
  static double quantile(List<Weighted> seen, double q) {
    double total = seen.stream().mapToDouble(Weighted::weight).sum();
    double reached = 0;
    double load = Double.NaN;
    for (Weighted one : seen.stream().sorted(Comparator.comparingDouble(Weighted::load)).toList()) {
      load = one.load;
      reached += one.weight;
      if (reached >= q * total - 1e-12) {
        break;
      }
    }
    return load;
  }

  /**
   * How the last ten minutes compare with what the past days had there.
   *
   * @param minute the present one
   * @return in [0.8, 1.6]; 1 if it is not known
   */
  double level(long minute) {
    double sum = 0;
    int known = 0;
    for (int back = 1; back <= LEVEL_MINUTES; back++) {
      double load = load(minute - back);
      if (!Double.isNaN(load)) {
        sum += load;
        known++;
      }
    }
    return level(sum / known, (usual(minute - 2) + usual(minute - 6)) / 2);
  }

  static double level(double now, double usual) {
    double level = now / usual;
    return Double.isFinite(level) ? Math.min(LEVEL_MAX, Math.max(LEVEL_MIN, level)) : 1;
  }

  /**
   * Error of the medians forecast over the last day, in errors of "as a day ago", which counts as
   * at least a twentieth of the load: where each day is the same, an error is none of substance.
   * NaN if there was nothing to judge.
   */
  double scaledError() {
    double ours = 0;
    double yesterdays = 0;
    double total = 0;
    for (long minute = Math.max(0, next - DAY); minute < next; minute++) {
      double load = load(minute);
      double yesterday = load(minute - DAY);
      double median = medians[index(minute)];
      if (!Double.isNaN(load + yesterday + median)) {
        ours += Math.abs(load - median);
        yesterdays += Math.abs(load - yesterday);
        total += load;
      }
    }
    return scaledError(ours, Math.max(yesterdays, SUBSTANCE * total));
  }

  static double scaledError(double ours, double yesterdays) {
    return ours / yesterdays;
  }

  /** Whether it may be relied upon: as far as is known, it is no worse than "as yesterday". */
  boolean isTrusted() {
    return !(scaledError() > 1);
  }

  private double load(long minute) {
    return minute < 0 || minute >= next || minute < next - CAPACITY
        ? Double.NaN
        : loads[index(minute)];
  }

  private static int index(long minute) {
    return (int) (minute % CAPACITY);
  }
}
