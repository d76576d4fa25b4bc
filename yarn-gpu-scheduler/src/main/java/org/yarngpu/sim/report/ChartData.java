package org.yarngpu.sim.report;

import static com.google.common.base.Preconditions.checkNotNull;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Timeline.Bucket;
import org.yarngpu.sim.report.Comparison.Configuration;
import org.yarngpu.sim.report.Comparison.Row;
import org.yarngpu.sim.report.Comparison.Summary;

/**
 * What the page draws, as JSON: a view for each workload and preemption cost, in it a series for
 * each policy. Charts show a configuration's first seed. Points are shared out among all series, so
 * that the page stays small however many there are.
 */
final class ChartData {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Comparison comparison;
  private final ImmutableMap<Configuration, RunResult> firstRuns;
  private final long ganttFromMs;
  private final int cdfPoints;
  private final int timelinePoints;
  private final int boxesMax;

  ChartData(List<RunResult> runs, Comparison comparison, long ganttFromMs) {
    this.comparison = comparison;
    this.ganttFromMs = ganttFromMs;
    Map<Configuration, RunResult> first = new LinkedHashMap<>();
    for (int r = 0; r < runs.size(); r++) {
      first.putIfAbsent(comparison.rows().get(r).configuration(), runs.get(r));
    }
    firstRuns = ImmutableMap.copyOf(first);
    int series = Math.max(1, first.size());
    cdfPoints = Math.min(400, Math.max(60, 10_000 / series));
    timelinePoints = Math.min(1_000, Math.max(120, 24_000 / series));
    boxesMax = Math.min(3_000, Math.max(100, 18_000 / series));
  }

  ObjectNode json() {
    ObjectNode document = JSON.createObjectNode();
    ArrayNode views = document.putArray("views");
    comparison.groups().forEach(group -> view(views.addObject(), group));
    return document;
  }

  private void view(ObjectNode view, ImmutableList<Summary> group) {
    Summary any = group.get(0);
    ImmutableList<RunResult> runs =
        group.stream().map(this::firstRun).collect(ImmutableList.toImmutableList());
    CdfCurves cdfs = new CdfCurves(runs, cdfPoints);
    TimelineCurves timelines = new TimelineCurves(runs, timelinePoints);
    view.put("trace", any.configuration().workload());
    view.put("costS", any.configuration().restartMs() / 1000.0);
    view.put("headline", Headline.of(group));
    view.put("jobs", any.first().jobs());
    view.put("installedGpus", any.first().installedGpus());
    view.put("first", any.nameIn(group));
    conditions(view.putObject("conditions"), runs.get(0).conditions());
    array(view.putArray("cdfSeconds"), cdfs.seconds(), 1000);
    view.put("stepS", timelines.stepMs() / 1000.0);
    view.put("ganttFromS", ganttFromMs / 1000.0);
    view.put("ganttToS", (ganttFromMs + Gantt.LENGTH_MS) / 1000.0);
    ArrayNode sizes = view.putArray("sizes");
    for (SizeClass size : SizeClass.values()) {
      sizes.add(size.label());
    }
    ArrayNode series = view.putArray("series");
    for (Summary summary : group) {
      ObjectNode one = series.addObject();
      one.put("name", summary.nameIn(group));
      measures(one, summary);
      RunResult run = firstRun(summary);
      array(one.putArray("waitCdf"), cdfs.shares(run, JobRecord::waitMs), 10_000);
      array(one.putArray("jctCdf"), cdfs.shares(run, JobRecord::jctMs), 10_000);
      array(one.putArray("gpus"), timelines.means(run, Bucket::gpusInUse), 10);
      array(one.putArray("queue"), timelines.means(run, Bucket::waitingJobs), 10);
      gantt(one.putObject("gantt"), run);
    }
  }

  private RunResult firstRun(Summary summary) {
    return checkNotNull(firstRuns.get(summary.configuration()));
  }

  private static void conditions(ObjectNode object, Conditions conditions) {
    object.put("amStartS", conditions.amStartMs() / 1000.0);
    object.put("memberStartS", conditions.memberStartMs() / 1000.0);
    object.put("restartS", conditions.restartMs() / 1000.0);
    object.put("checkpointS", conditions.checkpointMs() / 1000.0);
    object.put("meanUpS", conditions.meanUpMs() / 1000.0);
    object.put("repairS", conditions.repairMs() / 1000.0);
    object.put("partialHoldS", conditions.partialHoldMs() / 1000.0);
  }

  private static void measures(ObjectNode one, Summary summary) {
    one.put("oracle", summary.first().knowsRunTimes());
    one.put("unfinished", summary.unfinished());
    one.put("allJobs", summary.jobs());
    ArrayNode seeds = one.putArray("seeds");
    summary.rows().forEach(row -> seeds.add(row.run().seed()));
    ObjectNode table = one.putObject("table");
    put(table, "wait", summary.mean(RunMetrics::waitMean));
    put(table, "waitP50", summary.mean(RunMetrics::waits, Distribution::p50));
    put(table, "waitP99", summary.mean(RunMetrics::waits, Distribution::p99));
    put(table, "waitToBound", summary.ratio(Row::waitToBound));
    put(table, "waitToFifo", summary.ratio(Row::waitToFifo));
    put(table, "jct", summary.mean(RunMetrics::jctMean));
    put(table, "jctP99", summary.mean(RunMetrics::jcts, Distribution::p99));
    put(table, "jctToBound", summary.ratio(Row::jctToBound));
    put(table, "jctToFifo", summary.ratio(Row::jctToFifo));
    put(table, "slowdown", summary.mean(RunMetrics::boundedSlowdownMean));
    put(table, "used", summary.mean(RunMetrics::utilization));
    put(table, "evictions", summary.mean(run -> OptionalDouble.of(run.evictionsPerJob())));
    put(table, "lostH", summary.mean(run -> OptionalDouble.of(run.lostGpuHours())));
    put(table, "idleH", summary.mean(run -> OptionalDouble.of(run.idleHeldGpuHours())));
    summary
        .waitToFirst()
        .flatMap(PairedRatio::interval)
        .ifPresent(
            interval -> table.putArray("waitToFirst").add(interval.low()).add(interval.high()));
    ArrayNode sizes = one.putArray("sizes");
    for (SizeClass size : SizeClass.values()) {
      ObjectNode wait = sizes.addObject();
      put(wait, "mean", summary.mean(run -> run.waits(size), Distribution::mean));
      put(wait, "p50", summary.mean(run -> run.waits(size), Distribution::p50));
      put(wait, "p99", summary.mean(run -> run.waits(size), Distribution::p99));
      put(wait, "jobs", summary.mean(run -> run.waits(size), Distribution::count));
    }
  }

  /** Boxes are {@code [row, firstGpu, gpus, fromS, toS, index into jobs]}. */
  private void gantt(ObjectNode object, RunResult run) {
    Gantt gantt = Gantt.of(run.segments(), ganttFromMs, boxesMax);
    Map<String, Job> jobs = Maps.newHashMapWithExpectedSize(run.jobs().size());
    run.jobs().forEach(record -> jobs.put(record.job().id(), record.job()));
    object.put("nodesLeftOut", gantt.nodesLeftOut());
    ArrayNode nodes = object.putArray("nodes");
    gantt.rows().forEach(row -> nodes.addArray().add(row.node()).add(row.gpus()));
    ArrayNode shown = object.putArray("jobs");
    ArrayNode boxes = object.putArray("boxes");
    Map<String, Integer> indices = new LinkedHashMap<>();
    for (Gantt.Box box : gantt.boxes()) {
      int index = indices.computeIfAbsent(box.jobId(), id -> indices.size());
      if (index == shown.size()) {
        Job job = jobs.get(box.jobId());
        shown.addArray().add(box.jobId()).add(job == null ? box.gpus() : job.gpus());
      }
      boxes
          .addArray()
          .add(box.row())
          .add(box.firstGpu())
          .add(box.gpus())
          .add(box.fromMs() / 1000)
          .add(box.toMs() / 1000)
          .add(index);
    }
  }

  private static void put(ObjectNode object, String key, OptionalDouble value) {
    value.ifPresent(present -> object.put(key, Math.round(present * 1e6) / 1e6));
  }

  private static void array(ArrayNode array, double[] values, double parts) {
    for (double value : values) {
      long rounded = Math.round(value * parts);
      if (rounded % (long) parts == 0) {
        array.add(rounded / (long) parts);
      } else {
        array.add(rounded / parts);
      }
    }
  }
}
