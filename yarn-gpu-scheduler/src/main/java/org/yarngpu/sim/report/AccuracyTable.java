package org.yarngpu.sim.report;

import static org.yarngpu.sim.report.HumanText.count;
import static org.yarngpu.sim.report.HumanText.percent;
import static org.yarngpu.sim.report.HumanText.ratio;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.OptionalDouble;
import org.yarngpu.sim.predict.AccuracyReport;
import org.yarngpu.sim.predict.AccuracyReport.BaselineRow;
import org.yarngpu.sim.predict.AccuracyReport.Row;

/** The accuracy of forecasts for people and for programs. */
public final class AccuracyTable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AccuracyTable() {}

  /** A line a class and level, a line a simpler rule, and what the columns mean. */
  public static String text(AccuracyReport report) {
    TextTable forecasts = new TextTable();
    ImmutableList.Builder<String> head =
        ImmutableList.<String>builder()
            .add("forecasts", "jobs", "share", "within 2x", "|ln| p50", "<= q50", "<= q90");
    report.baselines().forEach(baseline -> head.add("2x: " + baseline.name()));
    forecasts.add(head.build());
    for (Row row : report.rows()) {
      ImmutableList.Builder<String> cells =
          ImmutableList.<String>builder()
              .add(row.kind(), count(row.jobs()), share(row.share()), share(row.withinTwo()))
              .add(ratio(row.errorMedian()), share(row.withinHalf()), share(row.withinMost()));
      row.baselinesWithinTwo().values().forEach(share -> cells.add(percent(share)));
      forecasts.add(cells.build());
    }
    TextTable baselines = new TextTable();
    baselines.add("simpler rules", "jobs", "within 2x", "|ln| p50", "<= it");
    for (BaselineRow row : report.baselines()) {
      baselines.add(
          row.name(),
          count(row.jobs()),
          share(row.withinTwo()),
          ratio(row.errorMedian()),
          share(row.withinHalf()));
    }
    return """
        %s: each job forecast when it was submitted; groups are read as %s
        forecasts were switched off for %s of the jobs, which are of class NOT then

        %s
        %s
        within 2x: ran between half and twice the forecast. |ln| p50: median of |ln (run time / forecast)|. <= q50, <= q90:
        ran at most the forecast quantile, 50 %% and 90 %% if it is right. 2x: within 2x of a simpler rule, for the same jobs.
        """
        .formatted(
            report.workload(),
            report.groups().text(),
            share(report.switchedOffShare()),
            forecasts,
            baselines);
  }

  private static String share(double share) {
    return percent(OptionalDouble.of(share));
  }

  /** The same as one JSON object, its keys in a fixed order. */
  public static String json(AccuracyReport report) {
    ObjectNode document = JSON.createObjectNode();
    document.put("trace", report.workload());
    document.put("groups", report.groups().text());
    document.put("switched_off", report.switchedOffShare());
    for (Row row : report.rows()) {
      ObjectNode object = document.withArray("forecasts").addObject();
      object.put("kind", row.kind());
      object.put("jobs", row.jobs());
      object.put("share", row.share());
      object.put("within_2x", row.withinTwo());
      object.put("abs_ln_ratio_p50", row.errorMedian());
      object.put("at_most_q50", row.withinHalf());
      object.put("at_most_q90", row.withinMost());
      ObjectNode baselines = object.putObject("baselines_within_2x");
      row.baselinesWithinTwo()
          .forEach((name, share) -> share.ifPresent(value -> baselines.put(name, value)));
    }
    for (BaselineRow row : report.baselines()) {
      ObjectNode object = document.withArray("baselines").addObject();
      object.put("name", row.name());
      object.put("jobs", row.jobs());
      object.put("within_2x", row.withinTwo());
      object.put("abs_ln_ratio_p50", row.errorMedian());
      object.put("at_most_it", row.withinHalf());
    }
    return document.toPrettyString();
  }
}
