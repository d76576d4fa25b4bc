package org.yarngpu.sim.report;

import static org.yarngpu.sim.report.HumanText.count;
import static org.yarngpu.sim.report.HumanText.duration;
import static org.yarngpu.sim.report.HumanText.percent;
import static org.yarngpu.sim.report.HumanText.ratio;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Multimaps;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import org.yarngpu.sim.report.Comparison.Row;
import org.yarngpu.sim.report.Comparison.Summary;

/** The comparison for a terminal of 120 columns: a block a trace, a line a configuration. */
public final class TableReport {
  private TableReport() {}

  /** All blocks, and what their columns mean. */
  public static String of(Comparison comparison) {
    StringBuilder text = new StringBuilder();
    Multimaps.index(comparison.groups(), group -> group.get(0).configuration().workload())
        .asMap()
        .values()
        .forEach(groups -> block(text, groups));
    return text.append(
            """
            wait: mean of JCT minus own run time. JCT: mean from submission to completion. /best, /fifo: times the mean under
            the best policy that knows all run times, and under fifo. used: of all GPUs. evicted: evictions a job. lost: without
            progress, by evictions and failures. fairness: Jain's index over mean bounded slowdowns, 1 is equal.
            """)
        .toString();
  }

  private static void block(StringBuilder text, Collection<ImmutableList<Summary>> groups) {
    Summary any = groups.iterator().next().get(0);
    text.append(any.configuration().workload())
        .append(": ")
        .append(count(any.first().jobs()))
        .append(" jobs on ")
        .append(count(any.first().installedGpus()))
        .append(" GPUs\n\n");
    for (ImmutableList<Summary> group : groups) {
      text.append(Headline.of(group))
          .append("\nAn eviction costs a job ")
          .append(duration(group.get(0).configuration().restartMs() / 1000.0))
          .append(".\n\n")
          .append(measures(group))
          .append('\n')
          .append(quantiles(group))
          .append('\n')
          .append(gpuTimeAndFairness(group))
          .append('\n')
          .append(waitBySize(group))
          .append('\n');
      if (group.stream().anyMatch(summary -> summary.rows().size() > 1)) {
        text.append(pairedRatios(group)).append('\n');
      }
      if (group.stream().anyMatch(summary -> summary.unfinished() > 0)) {
        text.append(unfinished(group)).append('\n');
      }
    }
  }

  private static TextTable measures(ImmutableList<Summary> group) {
    TextTable table = new TextTable();
    table.add(
        "policy",
        "wait",
        "p50",
        "p99",
        "/best",
        "/fifo",
        "JCT",
        "p99",
        "/best",
        "/fifo",
        "slowdown",
        "used",
        "evicted");
    for (Summary summary : group) {
      table.add(
          summary.nameIn(group),
          duration(summary.mean(RunMetrics::waitMean)),
          duration(summary.mean(RunMetrics::waits, Distribution::p50)),
          duration(summary.mean(RunMetrics::waits, Distribution::p99)),
          ratio(summary.ratio(Row::waitToBound)),
          ratio(summary.ratio(Row::waitToFifo)),
          duration(summary.mean(RunMetrics::jctMean)),
          duration(summary.mean(RunMetrics::jcts, Distribution::p99)),
          ratio(summary.ratio(Row::jctToBound)),
          ratio(summary.ratio(Row::jctToFifo)),
          ratio(summary.mean(RunMetrics::boundedSlowdownMean)),
          percent(summary.mean(RunMetrics::utilization)),
          ratio(summary.mean(run -> OptionalDouble.of(run.evictionsPerJob()))));
    }
    return table;
  }

  /** The quantiles that the first table has no room for. */
  private static TextTable quantiles(ImmutableList<Summary> group) {
    TextTable table = new TextTable();
    table.add(
        "quantiles",
        "wait p95",
        "p99.9",
        "JCT p50",
        "p95",
        "p99.9",
        "first start",
        "p50",
        "p95",
        "p99",
        "p99.9");
    for (Summary summary : group) {
      table.add(
          summary.nameIn(group),
          duration(summary.mean(RunMetrics::waits, Distribution::p95)),
          duration(p999(summary, RunMetrics::waits)),
          duration(summary.mean(RunMetrics::jcts, Distribution::p50)),
          duration(summary.mean(RunMetrics::jcts, Distribution::p95)),
          duration(p999(summary, RunMetrics::jcts)),
          duration(summary.mean(RunMetrics::firstStarts, Distribution::mean)),
          duration(summary.mean(RunMetrics::firstStarts, Distribution::p50)),
          duration(summary.mean(RunMetrics::firstStarts, Distribution::p95)),
          duration(summary.mean(RunMetrics::firstStarts, Distribution::p99)),
          duration(p999(summary, RunMetrics::firstStarts)));
    }
    return table;
  }

  private static OptionalDouble p999(
      Summary summary, Function<RunMetrics, Optional<Distribution>> times) {
    return summary.mean(
        run -> times.apply(run).map(Distribution::p999).orElseGet(OptionalDouble::empty));
  }

  private static TextTable gpuTimeAndFairness(ImmutableList<Summary> group) {
    TextTable table = new TextTable();
    table.add("GPU-hours", "held idle", "lost", "fairness of", "queues", "users");
    for (Summary summary : group) {
      table.add(
          summary.nameIn(group),
          ratio(summary.mean(run -> OptionalDouble.of(run.idleHeldGpuHours()))),
          ratio(summary.mean(run -> OptionalDouble.of(run.lostGpuHours()))),
          "",
          ratio(summary.mean(RunMetrics::queueFairness)),
          ratio(summary.mean(RunMetrics::userFairness)));
    }
    return table;
  }

  private static TextTable waitBySize(ImmutableList<Summary> group) {
    TextTable table = new TextTable();
    ImmutableList.Builder<String> heads = ImmutableList.<String>builder().add("wait by GPUs");
    for (SizeClass size : SizeClass.values()) {
      heads.add(size.label()).add("p99");
    }
    table.add(heads.build());
    for (Summary summary : group) {
      ImmutableList.Builder<String> cells = ImmutableList.builder();
      cells.add(summary.nameIn(group));
      for (SizeClass size : SizeClass.values()) {
        cells
            .add(duration(summary.mean(run -> run.waits(size), Distribution::mean)))
            .add(duration(summary.mean(run -> run.waits(size), Distribution::p99)));
      }
      table.add(cells.build());
    }
    return table;
  }

  private static TextTable pairedRatios(ImmutableList<Summary> group) {
    TextTable table = new TextTable();
    String baseline = group.get(0).nameIn(group);
    table.add(
        "paired by seed",
        "seeds",
        "wait over " + baseline,
        "95 % interval",
        "JCT over " + baseline,
        "95 % interval");
    for (Summary summary : group.subList(1, group.size())) {
      table.add(
          summary.nameIn(group),
          count(summary.waitToFirst().map(PairedRatio::pairs).orElse(0)),
          ratio(summary.waitToFirst().stream().mapToDouble(PairedRatio::ratio).findFirst()),
          interval(summary.waitToFirst()),
          ratio(summary.jctToFirst().stream().mapToDouble(PairedRatio::ratio).findFirst()),
          interval(summary.jctToFirst()));
    }
    return table;
  }

  private static String interval(Optional<PairedRatio> paired) {
    return paired
        .flatMap(PairedRatio::interval)
        .map(interval -> ratio(interval.low()) + " to " + ratio(interval.high()))
        .orElse(HumanText.NONE);
  }

  private static String unfinished(ImmutableList<Summary> group) {
    StringBuilder text = new StringBuilder();
    for (Summary summary : group) {
      if (summary.unfinished() > 0) {
        text.append(summary.nameIn(group))
            .append(": ")
            .append(count(summary.unfinished()))
            .append(" of ")
            .append(count(summary.jobs()))
            .append(" jobs did not finish; no mean or quantile has them.\n");
      }
    }
    return text.toString();
  }
}
