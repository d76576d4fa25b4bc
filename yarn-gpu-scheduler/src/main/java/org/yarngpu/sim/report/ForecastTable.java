package org.yarngpu.sim.report;

import static org.yarngpu.sim.report.HumanText.count;
import static org.yarngpu.sim.report.HumanText.duration;
import static org.yarngpu.sim.report.HumanText.percent;
import static org.yarngpu.sim.report.HumanText.ratio;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.OptionalDouble;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.predict.Accuracy;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.SimilarJobsRuntime;

/** What a predictor knows, of one job or in all, for people and for programs. */
public final class ForecastTable {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Belongs to no group but that of all. */
  private static final JobIdentity ANYBODY =
      new JobIdentity("", "", "", "", 0, OptionalDouble.empty());

  private ForecastTable() {}

  /** A forecast and what it stands on, a line each. */
  public static String text(RuntimeForecast forecast) {
    return """
        Level             %s %s: %s
        Runs              %s
        Median            %s
        Nine of ten       at most %s; half of them at most %s
        Spread            %s
        Hit rate          %s within a factor of 2, over %s forecasts
        Class             %s
        Trust             %s
        """
        .formatted(
            forecast.level().code(),
            forecast.level(),
            forecast.level().kin(),
            count(forecast.runs()),
            duration(forecast.medianSeconds()),
            duration(forecast.quantileSeconds(0.9)),
            duration(forecast.quantileSeconds(0.5)),
            ratio(forecast.spread()),
            share(forecast.hitRate()),
            String.format(Locale.ROOT, "%.1f", forecast.judged()),
            forecast.predictability(),
            ratio(forecast.trust()));
  }

  /** The same as one JSON object, its keys in a fixed order. */
  public static String json(RuntimeForecast forecast) {
    ObjectNode document = JSON.createObjectNode();
    document.put("level", forecast.level().code());
    document.put("key", forecast.key().code());
    document.put("runs", forecast.runs());
    document.put("median_s", forecast.medianSeconds());
    document.put("q50_s", forecast.quantileSeconds(0.5));
    document.put("q90_s", forecast.quantileSeconds(0.9));
    document.put("spread", forecast.spread());
    document.put("hit_rate", forecast.hitRate());
    document.put("judged", forecast.judged());
    document.put("class", forecast.predictability().name());
    document.put("trust", forecast.trust());
    return document.toString();
  }

  /** How much is known, and how good forecasts were of late by class and level. */
  public static String text(SimilarJobsRuntime predictor) {
    TextTable table = new TextTable();
    table.add("forecasts of late", "count", "within 2x", "<= q50", "<= q90", "error / mean");
    for (Accuracy row : predictor.accuracy()) {
      table.add(
          row.predictability() + " " + row.level().code(),
          String.format(Locale.ROOT, "%.1f", row.count()),
          share(1 - row.missShare()),
          share(row.withinHalfShare()),
          share(row.withinMostShare()),
          ratio(row.relativeError()));
    }
    return """
        Groups            %s
        Learned           %s completions
        Ignored           %s completions
        Forecasts         %s

        %s"""
        .formatted(
            count(predictor.snapshot().groups().size()),
            count(completions(predictor)),
            count(predictor.ignored()),
            predictor.switchedOff() ? "switched off, too many of the last 200 missed" : "used",
            table);
  }

  /** The same as one JSON object, its keys in a fixed order. */
  public static String json(SimilarJobsRuntime predictor) {
    ObjectNode document = JSON.createObjectNode();
    document.put("groups", predictor.snapshot().groups().size());
    document.put("completions", completions(predictor));
    document.put("ignored", predictor.ignored());
    document.put("switched_off", predictor.switchedOff());
    document.putArray("accuracy");
    for (Accuracy row : predictor.accuracy()) {
      ObjectNode object = document.withArray("accuracy").addObject();
      object.put("class", row.predictability().name());
      object.put("level", row.level().code());
      object.put("count", row.count());
      object.put("within_2x", 1 - row.missShare());
      object.put("at_most_q50", row.withinHalfShare());
      object.put("at_most_q90", row.withinMostShare());
      object.put("relative_error", row.relativeError());
    }
    return document.toString();
  }

  private static int completions(SimilarJobsRuntime predictor) {
    return predictor.forecast(JobGroups.of(ANYBODY)).runs();
  }

  private static String share(double share) {
    return percent(OptionalDouble.of(share));
  }
}
