package org.yarngpu.sim.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.yarngpu.sim.LoanRule;
import org.yarngpu.sim.lend.LendingReport;
import org.yarngpu.sim.lend.LendingReport.Outcome;

/** What rules of lending made of the same jobs and services, for people and for programs. */
public final class LendingTable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private LendingTable() {}

  /** Who owns what, two tables with a line a rule and delay, and what the columns mean. */
  public static String text(LendingReport report) {
    return """
        %s: %,d jobs, %,d of which may borrow; jobs own %d GPUs, services %d, on nodes of %d

        %s
        %s
        gain: mean JCT without loans over that with them. may borrow: mean JCT of those jobs alone. evictions: of such a job.
        harvested: computed on lent GPUs and kept. lost: thrown away, restarts, and time in which borrowers leave.
        ask to GPU: of replicas. violations: requests that waited longer than the objective.
        """
        .formatted(
            report.workload(),
            report.jobs(),
            report.borrowers(),
            report.pools().trainGpus(),
            report.pools().inferenceGpus(),
            report.pools().gpusPerNode(),
            jobs(report),
            services(report));
  }

  private static TextTable jobs(LendingReport report) {
    TextTable table = new TextTable();
    table.add(
        "loans",
        "reclaim",
        "unfinished",
        "JCT mean",
        "p50",
        "p99",
        "gain",
        "may borrow",
        "evictions",
        "harvested GPU-h",
        "lost GPU-h");
    for (Outcome one : report.outcomes()) {
      table.add(
          name(one),
          delay(one),
          HumanText.count(one.unfinished()),
          time(one.jctsMs(), Distribution::mean),
          time(one.jctsMs(), Distribution::p50),
          time(one.jctsMs(), Distribution::p99),
          HumanText.ratio(one.gain()),
          time(one.borrowerJctsMs(), Distribution::mean),
          HumanText.ratio(one.evictionsPerBorrower()),
          HumanText.count(Math.round(one.harvestedGpuHours())),
          HumanText.count(Math.round(one.lostGpuHours())));
    }
    return table;
  }

  private static TextTable services(LendingReport report) {
    TextTable table = new TextTable();
    table.add(
        "loans",
        "reclaim",
        "recalls",
        "ask to GPU mean",
        "p50",
        "p99",
        "violations",
        "mean replicas");
    for (Outcome one : report.outcomes()) {
      table.add(
          name(one),
          delay(one),
          HumanText.count(one.recalls()),
          time(one.asksMs(), Distribution::mean),
          time(one.asksMs(), Distribution::p50),
          time(one.asksMs(), Distribution::p99),
          String.format(Locale.ROOT, "%.3f %%", 100 * one.violations()),
          String.format(Locale.ROOT, "%.1f", one.meanReplicas()));
    }
    return table;
  }

  private static String name(Outcome outcome) {
    return switch (outcome.rule()) {
      case NONE -> "none";
      case IDLE -> "without forecast";
      case FORECAST -> "with forecast";
    };
  }

  private static String delay(Outcome outcome) {
    return outcome.rule() == LoanRule.NONE
        ? HumanText.NONE
        : "%d s".formatted(outcome.reclaimDelayMs() / 1000);
  }

  private static String time(List<Long> timesMs, ToDoubleFunction<Distribution> part) {
    return HumanText.duration(part(timesMs, part));
  }

  private static OptionalDouble part(List<Long> timesMs, ToDoubleFunction<Distribution> part) {
    return Distribution.ofMs(timesMs.stream().mapToLong(Long::longValue)).stream()
        .mapToDouble(part)
        .findFirst();
  }

  /** The same as one JSON object, its keys in a fixed order. */
  public static String json(LendingReport report) {
    ObjectNode document = JSON.createObjectNode();
    document.put("jobs", report.jobs());
    document.put("borrowers", report.borrowers());
    document.putArray("outcomes");
    for (Outcome one : report.outcomes()) {
      ObjectNode object = document.withArray("outcomes").addObject();
      object.put("loans", one.rule().name().toLowerCase(Locale.ROOT));
      object.put("reclaim_delay_s", one.reclaimDelayMs() / 1000.0);
      object.put("unfinished", one.unfinished());
      times(object.putObject("jct_s"), one.jctsMs());
      times(object.putObject("borrower_jct_s"), one.borrowerJctsMs());
      put(object, "gain", one.gain());
      object.put("evictions_per_borrower", one.evictionsPerBorrower());
      object.put("harvested_gpu_h", one.harvestedGpuHours());
      object.put("lost_gpu_h", one.lostGpuHours());
      object.put("recalls", one.recalls());
      times(object.putObject("ask_s"), one.asksMs());
      object.put("violations", one.violations());
      object.put("mean_replicas", one.meanReplicas());
    }
    return document.toPrettyString();
  }

  private static void times(ObjectNode object, List<Long> timesMs) {
    put(object, "mean", part(timesMs, Distribution::mean));
    put(object, "p50", part(timesMs, Distribution::p50));
    put(object, "p99", part(timesMs, Distribution::p99));
  }

  private static void put(ObjectNode object, String key, OptionalDouble value) {
    if (value.isPresent()) {
      object.put(key, value.getAsDouble());
    } else {
      object.putNull(key);
    }
  }
}
