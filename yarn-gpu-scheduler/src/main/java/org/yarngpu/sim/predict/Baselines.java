package org.yarngpu.sim.predict;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.yarngpu.sim.Job;

/** The rules that a predictor must beat to be worth its while. */
final class Baselines {
  /**
   * The mean of the user's last two runs, else the mean of all runs (the rule of Tsafrir et al.,
   * "Backfilling using system-generated predictions rather than user runtime estimates", TPDS
   * 2007).
   */
  static final String LAST_TWO = "last two";

  /** What the user said, where the user said something. */
  static final String ESTIMATE = "estimate";

  /** The mean of all runs so far. */
  static final String MEAN = "mean";

  static final ImmutableList<String> NAMES = ImmutableList.of(LAST_TWO, ESTIMATE, MEAN);

  /** What the first job of all is believed to run, seconds; the same as in the predictor. */
  private static final double UNKNOWN_SECONDS = 300;

  private final Map<String, Deque<Double>> lastTwo = new HashMap<>();
  private double sumSeconds;
  private long count;

  /** The run times that each rule believes, seconds, each at least 1. */
  ImmutableSortedMap<String, Double> of(Job job) {
    ImmutableSortedMap.Builder<String, Double> beliefs = ImmutableSortedMap.naturalOrder();
    double mean = count == 0 ? UNKNOWN_SECONDS : sumSeconds / count;
    beliefs.put(MEAN, Math.max(1, mean));
    Deque<Double> own = lastTwo.get(job.user());
    beliefs.put(
        LAST_TWO,
        Math.max(
            1,
            own == null
                ? mean
                : own.stream().mapToDouble(Double::doubleValue).average().orElseThrow()));
    job.estimateMs()
        .ifPresent(estimateMs -> beliefs.put(ESTIMATE, Math.max(1, estimateMs / 1000.0)));
    return beliefs.build();
  }

  void learn(Job job, double seconds) {
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
