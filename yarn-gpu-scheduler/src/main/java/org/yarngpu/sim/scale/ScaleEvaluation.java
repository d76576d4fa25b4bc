package org.yarngpu.sim.scale;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import org.yarngpu.sim.LoadSeries;
import org.yarngpu.sim.ServiceConditions;
import org.yarngpu.sim.scale.ScaleReport.Score;

/**
 * Lets policies scale one service under the same load. All of them see the loads of the last ten
 * minutes, decide every 30 s, and begin an hour before what is judged, so that none is judged on
 * its start.
 */
public final class ScaleEvaluation {
  private static final long DAY_MS = 86_400_000;
  private static final long HOUR_MS = 3_600_000;
  private static final long MINUTE_MS = 60_000;

  private final LoadSeries series;
  private final ServiceConditions service;
  private final long judgedFromMs;
  private final Progress progress;

  /** How far an evaluation is. */
  public interface Progress {
    /** Called often. */
    void at(String policy, double day);
  }

  private ScaleEvaluation(
      LoadSeries series, ServiceConditions service, long judgedFromMs, Progress progress) {
    this.series = series;
    this.service = service;
    this.judgedFromMs = judgedFromMs;
    this.progress = progress;
  }

  /** Half of the series, at most a week. */
  public static double warmupDays(LoadSeries series) {
    return Math.min(7, series.endMs() / 2.0 / DAY_MS);
  }

  /** Whether there is a policy of this name. */
  public static boolean knows(String policy, ServiceConditions service) {
    return Contender.named(policy, service, ImmutableDoubleArray.of()).isPresent();
  }

  /**
   * Runs the policies one after the other.
   *
   * @param warmupDays learned from and not judged, less than the series has
   * @throws IllegalArgumentException if a policy is not known, or nothing is left to judge
   */
  public static ScaleReport of(
      LoadSeries series,
      ServiceConditions service,
      ImmutableList<String> policies,
      double warmupDays,
      Progress progress) {
    long judgedFromMs =
        ((long) (warmupDays * DAY_MS / ServiceConditions.PERIOD_MS)) * ServiceConditions.PERIOD_MS;
    checkArgument(
        0 <= judgedFromMs && judgedFromMs < series.endMs(),
        "the %s days of warm-up must be fewer than the %s of the series",
        warmupDays,
        (double) series.endMs() / DAY_MS);
    ScaleEvaluation evaluation = new ScaleEvaluation(series, service, judgedFromMs, progress);
    return new ScaleReport(
        series.name(),
        service,
        (double) judgedFromMs / DAY_MS,
        (double) (series.endMs() - judgedFromMs) / DAY_MS,
        policies.stream().map(evaluation::score).collect(ImmutableList.toImmutableList()));
  }

  private Score score(String name) {
    long beginMs = Math.max(0, judgedFromMs - HOUR_MS) / MINUTE_MS * MINUTE_MS;
    LoadedService loaded =
        new LoadedService(series, service, name, beginMs, judgedFromMs, series.endMs());
    long actions = 0;
    for (long now = beginMs; now < series.endMs(); now += ServiceConditions.PERIOD_MS) {
      int replicas = loaded.wish(loaded.replicas());
      if (replicas != loaded.replicas() && now >= judgedFromMs) {
        actions++;
      }
      loaded.has(replicas);
      loaded.passTo(Math.min(series.endMs(), now + ServiceConditions.PERIOD_MS));
      progress.at(name, (double) now / DAY_MS);
    }
    return new Score(
        name,
        loaded.violationShare(),
        loaded.meanReplicas(),
        (double) actions * DAY_MS / (series.endMs() - judgedFromMs));
  }
}
