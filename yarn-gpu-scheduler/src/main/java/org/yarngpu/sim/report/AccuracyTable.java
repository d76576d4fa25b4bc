package org.yarngpu.sim.report;

import static org.yarngpu.sim.report.HumanText.count;
import static org.yarngpu.sim.report.HumanText.duration;
import static org.yarngpu.sim.report.HumanText.percent;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.OptionalDouble;
import org.yarngpu.sim.predict.AccuracyReport;
import org.yarngpu.sim.predict.AccuracyReport.Predictor;
import org.yarngpu.sim.predict.AccuracyReport.Score;

/** The accuracy of predicted run times for people and for programs. */
public final class AccuracyTable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ImmutableList<String> COLUMNS =
      ImmutableList.of("jobs", "within 2x", "within 25 %", "<= q90", "pinball q90");

  private AccuracyTable() {}

  /** A line a predictor, the same by class, ours by level, and what the columns mean. */
  public static String text(AccuracyReport report) {
    TextTable all = new TextTable();
    all.add(line("predictor", COLUMNS, "ours 2x, same jobs"));
    TextTable classes = new TextTable();
    classes.add(line("by class of ours", COLUMNS));
    for (Predictor predictor : report.predictors()) {
      all.add(line(predictor.name(), cells(predictor.all()), share(predictor.ours().withinTwo())));
      predictor
          .byClass()
          .forEach((kind, score) -> classes.add(line(kind + " " + predictor.name(), cells(score))));
    }
    Predictor ours = report.predictors().get(0);
    TextTable levels = new TextTable();
    levels.add(line(ours.name() + " by level", COLUMNS));
    ours.byLevel().forEach((kind, score) -> levels.add(line(kind, cells(score))));
    return """
        %s: each job predicted when it was submitted; groups are read as %s
        forecasts were switched off for %s of the jobs, which are then of class PREDICTABLE or NOT

        %s
        %s
        %s
        within 2x, within 25 %%: ran between 1 / 2 and 2, or 1 / 1.25 and 1.25, times what was predicted. <= q90: ran at most
        the predicted 0.9 quantile, 90 %% if it is right. pinball q90: mean loss of that quantile; less is better.
        """
        .formatted(
            report.workload(),
            report.groups().text(),
            share(report.switchedOffShare()),
            all,
            classes,
            levels);
  }

  private static ImmutableList<String> cells(Score score) {
    return ImmutableList.of(
        count(score.jobs()),
        share(score.withinTwo()),
        share(score.withinQuarter()),
        share(score.withinMost()),
        duration(score.pinballSeconds()));
  }

  private static ImmutableList<String> line(
      String name, ImmutableList<String> cells, String... more) {
    return ImmutableList.<String>builder().add(name).addAll(cells).add(more).build();
  }

  private static String share(double share) {
    return percent(OptionalDouble.of(share));
  }

  /** The same as one JSON object, its keys in a fixed order. */
  public static String json(AccuracyReport report) {
    ObjectNode document = JSON.createObjectNode();
    for (Predictor predictor : report.predictors()) {
      ObjectNode object = document.withArray("predictors").addObject();
      object.put("name", predictor.name());
      put(object, predictor.all());
      object.put("ours_within_2x", predictor.ours().withinTwo());
      ObjectNode classes = object.putObject("by_class");
      predictor.byClass().forEach((kind, score) -> put(classes.putObject(kind), score));
      ObjectNode levels = object.putObject("by_level");
      predictor.byLevel().forEach((kind, score) -> put(levels.putObject(kind), score));
    }
    return document.toPrettyString();
  }

  private static void put(ObjectNode object, Score score) {
    object.put("jobs", score.jobs());
    object.put("within_2x", score.withinTwo());
    object.put("within_25pct", score.withinQuarter());
    object.put("coverage_q90", score.withinMost());
    object.put("pinball_q90", score.pinballSeconds());
  }
}
