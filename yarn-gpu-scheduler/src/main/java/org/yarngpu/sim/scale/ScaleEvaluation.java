package org.yarngpu.sim.scale;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import org.yarngpu.scale.Memory;
import org.yarngpu.scale.ScalePolicy.Decision;
import org.yarngpu.scale.Signals;
import org.yarngpu.sim.LoadSeries;
import org.yarngpu.sim.scale.FluidQueue.Judged;
import org.yarngpu.sim.scale.ScaleReport.Score;

/**
 * Lets policies scale one service under the same load. All of them see the loads of the last ten
 * minutes, decide every 30 s, and begin an hour before what is judged, so that none is judged on
 * its start.
 *
 * <p>Where the load is not known nothing arrives and the newest loads grow old.
 */
public final class ScaleEvaluation {
  private static final long DAY_MS = 86_400_000;
  private static final long HOUR_MS = 3_600_000;
  private static final long MINUTE_MS = 60_000;
  private static final long SAMPLE_MS = 1000L * Signals.SAMPLE_SECONDS;

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
    ImmutableDoubleArray.Builder learned = ImmutableDoubleArray.builder();
    for (long minute = 0; (minute + 1) * MINUTE_MS <= judgedFromMs; minute++) {
      learned.add(load(minute));
    }
    Contender contender =
        Contender.named(name, service, learned.build())
            .orElseThrow(() -> new IllegalArgumentException("no policy is called " + name));
    long beginMs = Math.max(0, judgedFromMs - HOUR_MS) / MINUTE_MS * MINUTE_MS;
    int replicas = firstReplicas(beginMs);
    FluidQueue queue =
        new FluidQueue(
            service.serviceRate(), service.objectiveMs() / 1000, service.startDelayMs(), replicas);
    Memory memory = Memory.starting(beginMs, replicas);
    long actions = 0;
    long minute = 0;
    for (long now = beginMs; now < series.endMs(); now += ServiceConditions.PERIOD_MS) {
      for (; (minute + 1) * MINUTE_MS <= now; minute++) {
        contender.forecast().learn(minute, load(minute));
      }
      Decision decision = contender.policy().decide(signals(now, queue), memory);
      memory = decision.memory();
      if (decision.replicas() != queue.replicas() && now >= judgedFromMs) {
        actions++;
      }
      queue.scaleTo(decision.replicas(), now);
      pass(now, Math.min(series.endMs(), now + ServiceConditions.PERIOD_MS), queue);
      progress.at(name, (double) now / DAY_MS);
    }
    return new Score(
        name,
        queue.violationShare(),
        queue.meanReplicas(),
        (double) actions * DAY_MS / (series.endMs() - judgedFromMs));
  }

  /** Half busy with the first load that is known. */
  private int firstReplicas(long beginMs) {
    double load = series.mean(beginMs, beginMs + MINUTE_MS);
    double replicas = Double.isNaN(load) ? 1 : Math.ceil(2 * load / service.serviceRate());
    return (int)
        Math.min(service.bounds().max(), Math.max(service.bounds().min(), Math.max(1, replicas)));
  }

  private double load(long minute) {
    return series.mean(minute * MINUTE_MS, (minute + 1) * MINUTE_MS);
  }

  private Signals signals(long nowMs, FluidQueue queue) {
    ImmutableDoubleArray.Builder samples = ImmutableDoubleArray.builder(Signals.SAMPLES_MAX);
    long ageMs = nowMs;
    for (int back = Signals.SAMPLES_MAX; back >= 1; back--) {
      long from = nowMs - back * SAMPLE_MS;
      double load = from < 0 ? Double.NaN : series.mean(from, from + SAMPLE_MS);
      samples.add(load);
      if (!Double.isNaN(load)) {
        ageMs = (back - 1) * SAMPLE_MS;
      }
    }
    return new Signals(
        nowMs,
        ageMs,
        samples.build(),
        queue.backlog(),
        queue.replicas(),
        service.serviceRate(),
        Double.NaN);
  }

  private void pass(long fromMs, long toMs, FluidQueue queue) {
    long from = fromMs;
    while (from < toMs) {
      long edge = (from / series.intervalMs() + 1) * series.intervalMs();
      long to = Math.min(toMs, edge);
      double load = series.at(from);
      Judged judged = from >= judgedFromMs ? Judged.YES : Judged.NO;
      queue.pass(from, to, Double.isNaN(load) ? 0 : load, judged);
      from = to;
    }
  }
}
