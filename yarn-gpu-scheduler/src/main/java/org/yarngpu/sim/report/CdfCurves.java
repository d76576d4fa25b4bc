package org.yarngpu.sim.report;

import java.util.List;
import java.util.function.ToLongFunction;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.RunResult;

/**
 * Which share of a run's jobs took at most so long, at times that all curves share and that are
 * equally far apart on a logarithmic axis. Jobs that did not finish keep a curve below 1.
 */
final class CdfCurves {
  /** Left end of the axis; shorter times, zero above all, count there. */
  private static final double FIRST_SECONDS = 1;

  private final double[] seconds;

  /**
   * Curves that reach as far as the longest JCT.
   *
   * @param runs to compare
   * @param points of each curve, at least 2
   */
  CdfCurves(List<RunResult> runs, int points) {
    long longestMs =
        runs.stream()
            .flatMap(run -> run.jobs().stream())
            .filter(JobRecord::finished)
            .mapToLong(record -> Math.max(record.jctMs(), record.waitMs()))
            .max()
            .orElse(0);
    double decades = Math.log10(Math.max(10 * FIRST_SECONDS, longestMs / 1000.0) / FIRST_SECONDS);
    seconds = new double[points];
    for (int p = 0; p < points; p++) {
      seconds[p] = FIRST_SECONDS * Math.pow(10, decades * p / (points - 1));
    }
    seconds[points - 1] = Math.max(seconds[points - 1], longestMs / 1000.0);
  }

  double[] seconds() {
    return seconds.clone();
  }

  /** Shares in [0, 1], one a time of {@link #seconds}. */
  double[] shares(RunResult run, ToLongFunction<JobRecord> timeMs) {
    long[] sorted =
        run.jobs().stream().filter(JobRecord::finished).mapToLong(timeMs).sorted().toArray();
    double[] shares = new double[seconds.length];
    int counted = 0;
    for (int p = 0; p < seconds.length; p++) {
      while (counted < sorted.length && sorted[counted] <= seconds[p] * 1000) {
        counted++;
      }
      shares[p] = counted / (double) Math.max(1, run.jobs().size());
    }
    return shares;
  }
}
