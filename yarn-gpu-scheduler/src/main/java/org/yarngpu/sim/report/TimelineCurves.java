package org.yarngpu.sim.report;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Timeline.Bucket;

/** Timelines of several runs as means over steps that all of them share. */
final class TimelineCurves {
  private final long stepMs;

  /**
   * Curves that reach as far as the longest run.
   *
   * @param runs to compare
   * @param points of a curve at most, at least 1
   */
  TimelineCurves(List<RunResult> runs, int points) {
    long endMs = runs.stream().mapToLong(run -> endMs(run.timeline())).max().orElse(0);
    stepMs = Math.max(1_000, (endMs + points - 1) / points);
  }

  long stepMs() {
    return stepMs;
  }

  /** One mean a step, until the run ends. */
  double[] means(RunResult run, ToDoubleFunction<Bucket> value) {
    ImmutableList<Bucket> buckets = run.timeline();
    long endMs = endMs(buckets);
    double[] means = new double[Math.toIntExact((endMs + stepMs - 1) / stepMs)];
    for (int b = 0; b < buckets.size(); b++) {
      long fromMs = buckets.get(b).fromMs();
      long toMs = b + 1 < buckets.size() ? buckets.get(b + 1).fromMs() : endMs;
      double now = value.applyAsDouble(buckets.get(b));
      while (fromMs < toMs) {
        int step = Math.toIntExact(fromMs / stepMs);
        long untilMs = Math.min(toMs, (step + 1) * stepMs);
        long lengthMs = Math.min(endMs, (step + 1) * stepMs) - step * stepMs;
        means[step] += now * (untilMs - fromMs) / lengthMs;
        fromMs = untilMs;
      }
    }
    return means;
  }

  /** The last bucket is taken to be as long as the one before it. */
  private static long endMs(ImmutableList<Bucket> buckets) {
    if (buckets.isEmpty()) {
      return 0;
    }
    long lastMs = buckets.get(buckets.size() - 1).fromMs();
    long widthMs = buckets.size() < 2 ? 1_000 : lastMs - buckets.get(buckets.size() - 2).fromMs();
    return lastMs + widthMs;
  }
}
