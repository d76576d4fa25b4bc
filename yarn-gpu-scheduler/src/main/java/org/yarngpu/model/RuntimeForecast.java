package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.ImmutableDoubleArray;
import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * How long a job will hold its GPUs: a log-normal distribution, and how far forecasts from the same
 * kin were off, which replaces its quantiles once there are enough of them.
 *
 * <p>A runtime is never turned into a limit after which a job is ended (Tsafrir et al.,
 * "Backfilling using system-generated predictions rather than user runtime estimates", TPDS 2007).
 *
 * @param medianSeconds predicted median runtime, in [1, 2592000]
 * @param spread standard deviation of ln runtime, at least 0
 * @param ratios runtime / forecast of past jobs at the same key, each predicted before it ran,
 *     ascending, each above 0, at most 32
 * @param stretch what widens or narrows quantiles above the median: the number of standard
 *     deviations at which they are read is multiplied by it, in [0.5, 3]; 1 changes nothing
 * @param longestSeconds what nine of ten runs do not exceed, by the longest of them so far, above
 *     0; {@link #SECONDS_MAX} if too few are known to say
 * @param judged how many past forecasts {@code hitRate} stands on, decayed, in [0, 20]
 * @param hitRate share of past forecasts at the same key within a factor of 2, in (0, 1)
 * @param predictability the class that follows; while forecasts as a whole are switched off {@link
 *     Predictability#NOT} for all that are not {@link Predictability#PREDICTABLE}
 * @param trust weight of the forecast against attained service in {@link
 *     #expectedRemainingSeconds}, in [0, 1]
 * @param level what it was made from
 * @param key whose runs were counted: as {@code level}, but for {@link KeyLevel#ONE_RUN} the level
 *     that knows one run
 * @param runs finished runs at that key, at least 0
 * @param doubted whether jobs at that key outlived their forecasts so often in a row that an order
 *     goes by the 0.9-quantile in place of the median: else who renames jobs that grow comes first
 */
public record RuntimeForecast(
    double medianSeconds,
    double spread,
    ImmutableDoubleArray ratios,
    double stretch,
    double longestSeconds,
    double judged,
    double hitRate,
    Predictability predictability,
    double trust,
    KeyLevel level,
    KeyLevel key,
    int runs,
    boolean doubted) {

  /** Runtimes below and above count as these: a second, 30 days. */
  public static final double SECONDS_MIN = 1;

  public static final double SECONDS_MAX = 30.0 * 86_400;

  public static final double STRETCH_MIN = 0.5;
  public static final double STRETCH_MAX = 3;

  /** What nine of ten runs do not exceed is the upper end of a forecast. */
  static final double UPPER_SHARE = 0.9;

  /** With so many ratios they give the quantiles. */
  public static final int RATIOS_MIN = 10;

  /** The longest of ten says something of shares up to this: 10 of 11 runs do not exceed it. */
  private static final double BOUNDED_SHARE = 10.0 / 11;

  private static final NormalDistribution NORMAL = new NormalDistribution(null, 0, 1);

  public RuntimeForecast {
    checkArgument(
        medianSeconds >= SECONDS_MIN && medianSeconds <= SECONDS_MAX,
        "medianSeconds (%s) must lie in [%s, %s]",
        medianSeconds,
        SECONDS_MIN,
        SECONDS_MAX);
    checkArgument(spread >= 0 && Double.isFinite(spread), "spread (%s) must be at least 0", spread);
    checkArgument(
        stretch >= STRETCH_MIN && stretch <= STRETCH_MAX,
        "stretch (%s) must lie in [%s, %s]",
        stretch,
        STRETCH_MIN,
        STRETCH_MAX);
    checkArgument(longestSeconds > 0, "longestSeconds (%s) must be above 0", longestSeconds);
    checkArgument(hitRate > 0 && hitRate < 1, "hitRate (%s) must lie in (0, 1)", hitRate);
    checkArgument(trust >= 0 && trust <= 1, "trust (%s) must lie in [0, 1]", trust);
    checkArgument(runs >= 0, "runs (%s) must be at least 0", runs);
  }

  /** How much a forecast of this spread counts: half at 0.9, nearly nothing at 2. */
  public static double trustAt(double spread) {
    return 1 / (1 + Math.pow(spread / 0.9, 4));
  }

  /** What it was made from, as the end of a sentence. */
  public String source() {
    return switch (level) {
      case NOTHING -> "no run is known";
      case ESTIMATE -> "from what was declared, by %d past declarations".formatted(runs);
      case ONE_RUN -> "from one of the " + key.kin();
      case EVERYTHING -> "from all %d runs".formatted(runs);
      default -> "from %d %s".formatted(runs, key.kin());
    };
  }

  /**
   * The runtime that the job will not exceed with this probability, seconds.
   *
   * <p>With ten ratios or more it is split-conformal: the k-th smallest of n with k = ceil((n + 1)
   * share), times the median. Where that asks for more ratios than there are, and with fewer than
   * ten, it is that of the log-normal distribution with a spread of at most 1.5. Above the median
   * the share is first moved by the stretch; up to a share of ten in eleven the longest run bounds
   * what comes out, but never below the median. It never falls as the share grows.
   *
   * @param share in (0, 1)
   */
  public double quantileSeconds(double share) {
    checkArgument(share > 0 && share < 1, "share (%s) must lie in (0, 1)", share);
    double distance = NORMAL.inverseCumulativeProbability(share);
    double stretched = distance > 0 ? stretch * distance : distance;
    double quantile =
        ratios.length() < RATIOS_MIN
            ? logNormalQuantile(stretched)
            : conformalQuantile(
                stretched == distance ? share : NORMAL.cumulativeProbability(stretched), stretched);
    double bound = share <= BOUNDED_SHARE ? Math.max(medianSeconds, longestSeconds) : SECONDS_MAX;
    return Math.min(quantile, Math.min(SECONDS_MAX, bound));
  }

  private double conformalQuantile(double share, double distance) {
    int known = ratios.length();
    int rank = (int) Math.ceil((known + 1) * share - 1e-9);
    return rank <= known
        ? medianSeconds * ratios.get(Math.max(1, rank) - 1)
        : Math.max(medianSeconds * ratios.get(known - 1), logNormalQuantile(distance));
  }

  /** So many standard deviations above the median. */
  private double logNormalQuantile(double distance) {
    return medianSeconds * Math.exp(distance * Math.min(1.5, spread));
  }

  /**
   * Seconds that the job will still run, the most likely figure; above 0.
   *
   * <p>Correcting upwards once the forecast has passed is from Tsafrir et al. (TPDS 2007); the
   * constants are ours.
   *
   * @param attainedSeconds run so far; what is not a number or negative counts as 0
   */
  public double remainingSeconds(double attainedSeconds) {
    return remainingSeconds(attainedSeconds, medianSeconds);
  }

  private double remainingSeconds(double attainedSeconds, double plannedSeconds) {
    double ran = atLeast0(attainedSeconds);
    return ran < 0.999 * plannedSeconds
        ? Math.max(plannedSeconds - ran, 0.15 * plannedSeconds * Math.min(1, spread) + 1)
        : Math.max(30, ran * Math.min(1.5, 0.3 + 0.6 * spread));
  }

  /**
   * Seconds that the job will still run at most with this probability; above 0.
   *
   * @param share in (0, 1)
   * @param attainedSeconds run so far; what is not a number or negative counts as 0
   */
  public double remainingQuantileSeconds(double share, double attainedSeconds) {
    return remainingUntil(quantileSeconds(share), attainedSeconds);
  }

  /** As {@link #remainingQuantileSeconds}, where the quantile is known. */
  static double remainingUntil(double quantileSeconds, double attainedSeconds) {
    double ran = atLeast0(attainedSeconds);
    return ran < quantileSeconds ? Math.max(5, quantileSeconds - ran) : Math.max(60, 0.5 * ran);
  }

  /**
   * What an order by remaining time reads: the remaining time where forecasts are sure, twice the
   * attained time (least attained service) where they are not, seconds, above 0.
   *
   * <p>A gang that has just started is far from its end by either measure, and so a poor victim.
   *
   * @param attainedSeconds run so far; what is not a number or negative counts as 0
   */
  public double expectedRemainingSeconds(double attainedSeconds) {
    return expectedRemainingSeconds(
        attainedSeconds, doubted ? quantileSeconds(UPPER_SHARE) : medianSeconds);
  }

  /** As the other, where what stands for the runtime is known. */
  double expectedRemainingSeconds(double attainedSeconds, double plannedSeconds) {
    double ran = atLeast0(attainedSeconds);
    double size = remainingSeconds(ran, plannedSeconds) * Math.exp(0.25 * spread * spread);
    double leastAttained = Math.max(60, ran > 0 ? 2 * ran : plannedSeconds);
    return Math.exp(trust * Math.log(size) + (1 - trust) * Math.log(leastAttained));
  }

  /**
   * What an order goes by where a job may be started to see whether it ends soon, since its GPUs
   * can be had back for little: the Gittins index, the least over all times x of E[min(T, x) - ran]
   * / P(T <= x), given that the runtime T exceeds what has run; seconds, at least 1. So a group of
   * which some end early comes before one of the same mean that never does.
   *
   * <p>T is the median times one of the ratios that were seen, each as likely. Where fewer than ten
   * are known, none exceeds what has run, or the forecast is doubted, it is the expected remaining
   * time.
   *
   * <p>Gittins, "Bandit processes and dynamic allocation indices", J. R. Stat. Soc. B 1979; for
   * clusters, over all jobs, Gu et al., "Tiresias", NSDI 2019.
   *
   * @param attainedSeconds run so far; what is not a number or negative counts as 0
   */
  public double indexSeconds(double attainedSeconds) {
    double ran = atLeast0(attainedSeconds);
    int known = doubted || ratios.length() < RATIOS_MIN ? 0 : ratios.length();
    double endedSeconds = 0;
    int ended = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < known; i++) {
      double leftSeconds = medianSeconds * ratios.get(i) - ran;
      if (leftSeconds > 0) {
        endedSeconds += leftSeconds;
        ended++;
        int stillRunning = known - 1 - i;
        least = Math.min(least, (endedSeconds + stillRunning * leftSeconds) / ended);
      }
    }
    return ended == 0 ? expectedRemainingSeconds(ran) : Math.max(1, least);
  }

  private static double atLeast0(double seconds) {
    return seconds > 0 && Double.isFinite(seconds) ? seconds : 0;
  }
}
