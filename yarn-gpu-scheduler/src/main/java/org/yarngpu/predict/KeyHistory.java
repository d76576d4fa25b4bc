package org.yarngpu.predict;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Arrays;
import java.util.OptionalDouble;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.RuntimeForecast;

/**
 * Runs of one group of jobs: mean and variance of ln runtime over a window, and how far forecasts
 * made from them were off.
 *
 * <p>At most 232 bytes with its ratios, which are kept as floats: their seven digits are far more
 * than a forecast has.
 */
final class KeyHistory {
  /** From so many runs on, older ones fade exponentially: a job changes. */
  private static final int WINDOW = 20;

  /**
   * The same where jobs of all kinds meet: there a few runs say nothing, and forecasts that follow
   * them would order jobs by chance.
   */
  private static final int COARSE_WINDOW = 100_000;

  private static final int RATIOS_MAX = 32;
  private static final double HIT_DECAY = 0.95;
  private static final double LN_2 = Math.log(2);

  /** So many misses in a row, all too short or all too long, mean that the job has changed. */
  private static final int DRIFT_RUNS = 3;

  /** So many forecasts in a row that were less than half of the runtime are no longer believed. */
  private static final int DOUBT_RUNS = 5;

  /** So many forecasts that were right after that end the doubt. */
  private static final int DOUBT_HITS = 2;

  /** Fewer runs than these do not tell how long the longest may be. */
  private static final int LONGEST_RUNS_MIN = 10;

  /** Share of runs that may exceed their 0.9 quantile. */
  private static final double EXCEEDED_SHARE = 0.1;

  /** By so much a run that exceeds its quantile widens the next ones, at most. */
  private static final double STRETCH_STEP = 0.1;

  private static final float[] NO_RATIOS = {};

  private int runs;
  private double mean;
  private double variance;
  private float longest = Float.NEGATIVE_INFINITY;
  private float stretch = 1;
  private double hits;
  private double judged;

  /** A ring once it is full; grows until then. */
  private float[] ratios = NO_RATIOS;

  private byte ratioCount;

  /** Where the next ratio goes. */
  private byte nextRatio;

  /**
   * Up to five: forecasts in a row that were far too short; above that, of a group in doubt, the
   * hits since.
   */
  private byte doubt;

  /** The last three judged, newest first. */
  private float judged1;

  private float judged2;
  private float judged3;

  static KeyHistory from(KeyState state) {
    KeyHistory history = new KeyHistory();
    history.runs = state.runs();
    history.mean = state.mean();
    history.variance = state.variance();
    history.longest = (float) state.longest();
    history.stretch = (float) state.stretch();
    history.hits = state.hits();
    history.judged = state.judged();
    history.doubt = (byte) state.doubt();
    state.ratios().forEach(history::addRatio);
    state.lastJudged().forEach(history::addJudged);
    return history;
  }

  /** Learns from a finished run of a group at the level. */
  void add(double value, KeyLevel level) {
    runs = Math.min(runs, Integer.MAX_VALUE - 1) + 1;
    int window = Math.min(runs, level.coarse() ? COARSE_WINDOW : WINDOW);
    double difference = value - mean;
    mean += difference / window;
    variance += (difference * (value - mean) - variance) / window;
    longest = Math.max(longest, (float) value);
  }

  /**
   * Widens quantiles after a run that exceeded its 0.9 quantile, and narrows them by a ninth of
   * that after one that did not, so that in the long run a tenth exceeds them, whatever the runs.
   *
   * <p>Source: Gibbs and Candes, "Adaptive conformal inference under distribution shift", NeurIPS
   * 2021. Differs from it in moving the distance from the median in standard deviations, not the
   * share, so that it stays a share.
   */
  void follow(boolean exceeded) {
    double moved = stretch + STRETCH_STEP * ((exceeded ? 1 : 0) - EXCEEDED_SHARE);
    stretch =
        (float) Math.min(RuntimeForecast.STRETCH_MAX, Math.max(RuntimeForecast.STRETCH_MIN, moved));
  }

  /**
   * Judges a forecast that was made from this group before the run, and forgets what was learned
   * before the job changed, if it has.
   *
   * @param value of the run, as it was {@linkplain #add added}
   * @param ratio runtime / forecast, above 0
   * @param level of the group; where jobs of all kinds meet, misses in a row are no change
   */
  void judge(double value, double ratio, KeyLevel level) {
    boolean hit = Math.abs(Math.log(ratio)) <= LN_2;
    hits = HIT_DECAY * hits + (hit ? 1 : 0);
    judged = HIT_DECAY * judged + 1;
    noteDoubt(hit, ratio);
    addRatio(ratio);
    addJudged(value);
    if (!level.coarse() && drifted()) {
      restart(level);
    }
  }

  private void noteDoubt(boolean hit, double ratio) {
    if (!inDoubt()) {
      doubt = (byte) (Math.log(ratio) > LN_2 ? doubt + 1 : 0);
    } else if (hit) {
      doubt = (byte) (doubt + 1 == DOUBT_RUNS + DOUBT_HITS ? 0 : doubt + 1);
    }
  }

  /**
   * Whether five forecasts in a row were less than half of the runtime, and less than two have been
   * right since: a name under which jobs grow and grow, by chance or to come first.
   */
  boolean inDoubt() {
    return doubt >= DOUBT_RUNS;
  }

  private void addRatio(double ratio) {
    if (nextRatio == ratios.length && ratios.length < RATIOS_MAX) {
      ratios = Arrays.copyOf(ratios, Math.max(4, 2 * ratios.length));
    }
    int at = nextRatio % RATIOS_MAX;
    ratios[at] = (float) ratio;
    nextRatio = (byte) (at + 1);
    ratioCount = (byte) Math.min(RATIOS_MAX, ratioCount + 1);
  }

  private void addJudged(double value) {
    judged3 = judged2;
    judged2 = judged1;
    judged1 = (float) value;
  }

  private boolean drifted() {
    if (ratioCount < DRIFT_RUNS) {
      return false;
    }
    int tooLong = 0;
    int tooShort = 0;
    for (int back = 0; back < DRIFT_RUNS; back++) {
      double log = Math.log(ratio(back));
      tooLong += log > LN_2 ? 1 : 0;
      tooShort += log < -LN_2 ? 1 : 0;
    }
    return tooLong == DRIFT_RUNS || tooShort == DRIFT_RUNS;
  }

  private void restart(KeyLevel level) {
    runs = 0;
    mean = 0;
    variance = 0;
    add(judged3, level);
    add(judged2, level);
    add(judged1, level);
  }

  /** The newest is 0 back. */
  private double ratio(int back) {
    return ratios[Math.floorMod(nextRatio - 1 - back, RATIOS_MAX)];
  }

  int runs() {
    return runs;
  }

  double mean() {
    return mean;
  }

  /** The largest value, if it is one of enough to bound nine of ten. */
  OptionalDouble longest() {
    return Math.max(runs, ratioCount) >= LONGEST_RUNS_MIN
        ? OptionalDouble.of(longest)
        : OptionalDouble.empty();
  }

  double stretch() {
    return stretch;
  }

  /** Standard deviation, and half a unit more for a single run, a quarter for two, and so on. */
  double spread() {
    return Math.sqrt(Math.max(0, variance)) + 0.5 / runs;
  }

  /** Decayed count of the forecasts that were judged, at most 20. */
  double judged() {
    return judged;
  }

  /** Share of them within a factor of 2, with a prior of Beta(1, 2). */
  double hitRate() {
    return (1 + hits) / (3 + judged);
  }

  ImmutableDoubleArray sortedRatios() {
    double[] sorted = new double[ratioCount];
    for (int r = 0; r < ratioCount; r++) {
      sorted[r] = ratios[r];
    }
    Arrays.sort(sorted);
    return ImmutableDoubleArray.copyOf(sorted);
  }

  KeyState state(GroupKey key) {
    ImmutableDoubleArray.Builder oldestFirst = ImmutableDoubleArray.builder(ratioCount);
    for (int back = ratioCount - 1; back >= 0; back--) {
      oldestFirst.add(ratio(back));
    }
    double[] lastJudged = {judged3, judged2, judged1};
    return new KeyState(
        key,
        runs,
        mean,
        variance,
        longest,
        stretch,
        hits,
        judged,
        oldestFirst.build(),
        ImmutableDoubleArray.copyOf(
            Arrays.copyOfRange(
                lastJudged, DRIFT_RUNS - Math.min(DRIFT_RUNS, ratioCount), DRIFT_RUNS)),
        doubt);
  }
}
