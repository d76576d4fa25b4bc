package org.yarngpu.sim.predict;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.predict.Guess.Belief;

/**
 * The rules that a predictor must beat to be worth its while. Each names a figure; its 0.9 quantile
 * comes from its own {@link PastRatios}.
 */
final class Baselines {
  /** The {@linkplain RollingEstimate rolling estimate} of QSSF. */
  static final String QSSF = "qssf";

  /**
   * The mean of the user's last two runs, else the mean of all runs (the rule of Tsafrir et al.,
   * "Backfilling using system-generated predictions rather than user runtime estimates", TPDS
   * 2007).
   */
  static final String LAST_TWO = "last-two";

  /** What the user said, where the user said something. */
  static final String ESTIMATE = "estimate";

  /** See {@link GroupMedian}. */
  static final String GROUP_MEDIAN = "group-median";

  static final ImmutableList<String> NAMES =
      ImmutableList.of(QSSF, LAST_TWO, ESTIMATE, GROUP_MEDIAN);

  /** What the first job of all is believed to run, seconds; the same as in the predictor. */
  private static final double UNKNOWN_SECONDS = 300;

  private final RollingEstimate rolling = new RollingEstimate();
  private final GroupMedian medians = new GroupMedian();
  private final Map<String, Deque<Double>> lastTwo = new HashMap<>();
  private double sumSeconds;
  private long count;
  private final ImmutableMap<String, PastRatios> ratios =
      Maps.toMap(NAMES, name -> new PastRatios());

  /** What each rule believes; a rule that says nothing is absent. */
  ImmutableSortedMap<String, Belief> of(Job job) {
    ImmutableSortedMap.Builder<String, Belief> beliefs = ImmutableSortedMap.naturalOrder();
    typicalSeconds(job).forEach((name, seconds) -> beliefs.put(name, belief(name, seconds)));
    return beliefs.build();
  }

  private ImmutableMap<String, Double> typicalSeconds(Job job) {
    ImmutableMap.Builder<String, Double> typical = ImmutableMap.builder();
    typical.put(QSSF, rolling.runMs(job.user(), job.group(), job.gpus()) / 1000);
    Deque<Double> own = lastTwo.get(job.user());
    double mean = count == 0 ? UNKNOWN_SECONDS : sumSeconds / count;
    typical.put(
        LAST_TWO,
        own == null ? mean : own.stream().mapToDouble(Double::doubleValue).average().orElseThrow());
    job.estimateMs().ifPresent(estimateMs -> typical.put(ESTIMATE, estimateMs / 1000.0));
    typical.put(GROUP_MEDIAN, medians.of(job, UNKNOWN_SECONDS));
    return typical.build();
  }

  private Belief belief(String name, double seconds) {
    double typical = Math.max(1, seconds);
    return new Belief(typical, typical * ratios(name).most());
  }

  private PastRatios ratios(String name) {
    PastRatios known = ratios.get(name);
    if (known == null) {
      throw new IllegalArgumentException("there is no rule " + name);
    }
    return known;
  }

  /**
   * Learns from a job that has ended.
   *
   * @param beliefs of the rules when it was submitted
   */
  void learn(Job job, double seconds, ImmutableSortedMap<String, Belief> beliefs) {
    beliefs.forEach((name, belief) -> ratios(name).add(seconds / belief.typicalSeconds()));
    rolling.learn(job.user(), job.group(), job.gpus(), 1000 * seconds);
    medians.learn(job, seconds);
    sumSeconds += seconds;
    count++;
    if (!job.user().isEmpty()) {
      Deque<Double> own = lastTwo.computeIfAbsent(job.user(), user -> new ArrayDeque<>());
      own.addLast(seconds);
      if (own.size() > 2) {
        own.removeFirst();
      }
    }
  }
}
