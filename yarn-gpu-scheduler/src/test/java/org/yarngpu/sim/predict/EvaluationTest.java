package org.yarngpu.sim.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;
import static org.yarngpu.testing.SimJobs.estimated;
import static org.yarngpu.testing.SimJobs.job;
import static org.yarngpu.testing.SimJobs.owned;
import static org.yarngpu.testing.SimJobs.workload;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.predict.AccuracyReport.Predictor;

class EvaluationTest {
  private static Job ann(String id, long submitS, long runS, String group) {
    return owned(job(id, submitS, runS, 1), "ann", group, "", "");
  }

  @Test
  void aJobIsForecastFromThoseThatEndedBeforeItWasSubmitted() {
    AccuracyReport report =
        Evaluation.of(
            workload(
                ann("A", 0, 100, "a"),
                ann("B", 100, 120, "a"), // A ends now, too late to be known: 300 s
                ann("C", 230, 150, "a")), // A and B: 110 s
            GroupMeaning.CODE);
    Predictor ours = report.predictors().get(0);
    assertThat(ours.name()).isEqualTo("ours");
    assertThat(ours.byClass().keySet()).containsExactly("NOT");
    assertThat(ours.byLevel().keySet()).containsExactly("L1 RAW_NAME", "L9 NOTHING");
    assertThat(ours.all().jobs()).isEqualTo(3);
    assertThat(ours.all().withinTwo()).isCloseTo(1 / 3.0, withPercentage(0.1));
    assertThat(ours.all().withinQuarter()).isZero();
    assertThat(ours.all().withinMost()).isEqualTo(1);
  }

  @Test
  void onlyWhatIsForecastFromRunsThatEndedIsNear() {
    AccuracyReport report =
        Evaluation.of(
            workload(ann("A", 0, 100, "a"), ann("B", 200, 120, "a"), ann("C", 400, 130, "a")),
            GroupMeaning.CODE);
    // C from A and B: 109.5 s
    assertThat(report.predictors().get(0).byLevel().get("L1 RAW_NAME").withinQuarter())
        .isEqualTo(1);
  }

  @Test
  void simplerRulesAreJudgedOnTheSameJobs() {
    AccuracyReport report =
        Evaluation.of(
            workload(
                ann("A", 0, 1000, "a"),
                ann("B", 0, 10, "a"),
                ann("C", 0, 20, "a"),
                estimated(ann("D", 2000, 500, "a"), 600),
                owned(job("E", 3000, 400, 1), "bob", "", "", "")),
            GroupMeaning.CODE);
    assertThat(report.predictors().stream().map(Predictor::name))
        .containsExactly("ours", "qssf", "last-two", "estimate", "group-median");
    // The last two that ended are A and C: D is believed to run 510 s, E the mean of all, 382.5 s.
    assertThat(of(report, "last-two").all().withinTwo()).isEqualTo(2 / 5.0);
    Predictor estimate = of(report, "estimate");
    assertThat(estimate.all().jobs()).isEqualTo(1);
    assertThat(estimate.all().withinTwo()).isEqualTo(1);
    assertThat(estimate.all().withinQuarter()).isEqualTo(1);
    assertThat(estimate.ours().jobs()).as("ours on the same jobs").isEqualTo(1);
    // 500 s ran, 600 s were estimated, and no ratio is known: the quantile is the estimate.
    assertThat(estimate.all().withinMost()).isEqualTo(1);
    assertThat(estimate.all().pinballSeconds()).isCloseTo(0.1 * 100, withPercentage(0.1));
    // The mean of A, B, C, 343.3 s, is what QSSF's rules believe of D; E, of another user: 382.5 s.
    assertThat(of(report, "qssf").all().withinTwo()).isEqualTo(2 / 5.0);
    // The median of A, B, C is 20 s; of all four, the second: 20 s.
    assertThat(of(report, "group-median").all().withinTwo()).isEqualTo(0);
  }

  private static Predictor of(AccuracyReport report, String name) {
    return report.predictors().stream()
        .filter(predictor -> predictor.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void digitsOfCodesTellJobsApartAndThoseOfNamesDoNot() {
    assertThat(name(GroupMeaning.CODE, "u22/e80")).isEqualTo("ucc/eia");
    assertThat(name(GroupMeaning.NAME, "u22/e80")).isEqualTo("u22/e80");
  }

  private static String name(GroupMeaning meaning, String group) {
    return TraceJobs.identity(meaning, "ann", group, "", 1, OptionalLong.empty()).name();
  }

  @Test
  void equalTracesGiveEqualReports() {
    assertThat(Evaluation.of(workload(ann("A", 0, 0, "")), GroupMeaning.NAME))
        .isEqualTo(Evaluation.of(workload(ann("A", 0, 0, "")), GroupMeaning.NAME));
  }
}
