package org.yarngpu.sim.report;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.RunResult;

/**
 * The comparison and all jobs as comma-separated values (RFC 4180, but with {@code \n} at line
 * ends); a field without a value is empty. Equal runs give equal bytes.
 */
public final class CsvReport {
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setRecordSeparator('\n').build();
  private static final ImmutableList<String> RUN =
      ImmutableList.of("trace", "host", "policy", "preemption_cost_s", "seed");

  private CsvReport() {}

  /** {@code summary.csv}: a line a run. */
  public static void writeSummary(Comparison comparison, Appendable to) throws IOException {
    CSVPrinter csv = new CSVPrinter(to, FORMAT);
    csv.printRecord(summaryHeads());
    for (Comparison.Row row : comparison.rows()) {
      RunMetrics run = row.run();
      List<Object> cells =
          run(run.workload(), run.host(), run.policy(), run.restartMs(), run.seed());
      cells.add(run.jobs());
      cells.add(run.finished());
      times(cells, run.waits());
      times(cells, run.jcts());
      times(cells, run.firstStarts());
      cells.add(number(run.boundedSlowdownMean()));
      cells.add(number(run.utilization()));
      cells.add(number(run.idleHeldGpuHours()));
      cells.add(number(run.evictionsPerJob()));
      cells.add(number(run.lostGpuHours()));
      cells.add(number(run.queueFairness()));
      cells.add(number(run.userFairness()));
      cells.add(number(row.waitToBound()));
      cells.add(number(row.jctToBound()));
      cells.add(number(row.waitToFifo()));
      cells.add(number(row.jctToFifo()));
      for (SizeClass size : SizeClass.values()) {
        Optional<Distribution> wait = run.waits(size);
        cells.add(wait.map(Distribution::count).orElse(0));
        cells.add(wait.map(times -> number(times.mean())).orElse(""));
        cells.add(wait.map(times -> number(times.p50())).orElse(""));
        cells.add(wait.map(times -> number(times.p99())).orElse(""));
      }
      cells.add(number(run.resizesPerJob()));
      cells.add(number(run.heldGpuHours()));
      csv.printRecord(cells);
    }
  }

  private static List<String> summaryHeads() {
    List<String> heads = new ArrayList<>(RUN);
    heads.addAll(List.of("jobs", "finished"));
    for (String times : List.of("wait", "jct", "first_start")) {
      for (String part : List.of("mean", "p50", "p95", "p99", "p999")) {
        heads.add(times + "_" + part + "_s");
      }
    }
    heads.addAll(
        List.of(
            "bounded_slowdown_mean",
            "utilization",
            "idle_held_gpu_h",
            "evictions_per_job",
            "lost_gpu_h",
            "fairness_queues",
            "fairness_users",
            "wait_to_bound",
            "jct_to_bound",
            "wait_to_fifo",
            "jct_to_fifo"));
    for (SizeClass size : SizeClass.values()) {
      String gang = "gang_" + size.label().replace('-', '_').replace("+", "_up");
      heads.addAll(
          List.of(
              gang + "_finished",
              gang + "_wait_mean_s",
              gang + "_wait_p50_s",
              gang + "_wait_p99_s"));
    }
    heads.addAll(List.of("resizes_per_job", "held_gpu_h"));
    return heads;
  }

  /** {@code jobs.csv}: a line a job of each run. */
  public static void writeJobs(List<RunResult> runs, Appendable to) throws IOException {
    CSVPrinter csv = new CSVPrinter(to, FORMAT);
    List<String> heads = new ArrayList<>(RUN);
    heads.addAll(
        List.of(
            "job",
            "user",
            "group",
            "queue",
            "members",
            "gpus",
            "submit_s",
            "start_s",
            "end_s",
            "run_s",
            "wait_s",
            "jct_s",
            "bounded_slowdown",
            "evictions",
            "failures",
            "lost_gpu_s",
            "idle_held_gpu_s",
            "resizes",
            "held_gpu_s"));
    csv.printRecord(heads);
    for (RunResult run : runs) {
      for (JobRecord record : run.jobs()) {
        csv.printRecord(jobCells(run, record));
      }
    }
  }

  private static List<Object> jobCells(RunResult run, JobRecord record) {
    List<Object> cells =
        run(
            run.workload(),
            run.host(),
            run.policy(),
            run.conditions().restartMs(),
            run.conditions().seed());
    Job job = record.job();
    cells.add(job.id());
    cells.add(job.user());
    cells.add(job.group());
    cells.add(job.queue());
    cells.add(job.members());
    cells.add(job.gpus());
    cells.add(seconds(job.submitMs()));
    cells.add(seconds(record.startMs()));
    cells.add(seconds(record.endMs()));
    cells.add(seconds(job.runMs()));
    cells.add(record.finished() ? seconds(record.waitMs()) : "");
    cells.add(record.finished() ? seconds(record.jctMs()) : "");
    cells.add(record.finished() ? number(record.boundedSlowdown()) : "");
    cells.add(record.evictions());
    cells.add(record.failures());
    cells.add(seconds(record.lostGpuMs()));
    cells.add(seconds(record.idleHeldGpuMs()));
    cells.add(record.resizes());
    cells.add(seconds(record.heldGpuMs()));
    return cells;
  }

  private static List<Object> run(
      String workload, String host, String policy, long restartMs, long seed) {
    return new ArrayList<>(List.of(workload, host, policy, seconds(restartMs), seed));
  }

  private static void times(List<Object> cells, Optional<Distribution> times) {
    cells.add(times.map(some -> number(some.mean())).orElse(""));
    cells.add(times.map(some -> number(some.p50())).orElse(""));
    cells.add(times.map(some -> number(some.p95())).orElse(""));
    cells.add(times.map(some -> number(some.p99())).orElse(""));
    cells.add(times.map(some -> number(some.p999())).orElse(""));
  }

  private static String seconds(OptionalLong ms) {
    return ms.isEmpty() ? "" : seconds(ms.getAsLong());
  }

  /** Exact: milliseconds have three digits behind the point. */
  private static String seconds(long ms) {
    return BigDecimal.valueOf(ms, 3).toPlainString();
  }

  private static String number(OptionalDouble value) {
    return value.isEmpty() ? "" : number(value.getAsDouble());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6f", value);
  }
}
