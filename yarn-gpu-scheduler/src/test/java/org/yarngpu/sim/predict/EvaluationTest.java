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
import org.yarngpu.sim.predict.AccuracyReport.BaselineRow;
import org.yarngpu.sim.predict.AccuracyReport.Row;

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
    assertThat(report.rows().stream().map(Row::kind))
        .containsExactly("all", "NOT", "L1 RAW_NAME", "L9 NOTHING");
    Row all = report.rows().get(0);
    assertThat(all.jobs()).isEqualTo(3);
    assertThat(all.withinTwo()).isCloseTo(1 / 3.0, withPercentage(0.1));
    assertThat(all.errorMedian()).isCloseTo(Math.log(300 / 120.0), withPercentage(0.1));
    assertThat(all.withinHalf()).isCloseTo(2 / 3.0, withPercentage(0.1));
    assertThat(all.withinMost()).isEqualTo(1);
    assertThat(report.rows().get(2).errorMedian())
        .isCloseTo(Math.log(150 / Math.sqrt(100 * 120)), withPercentage(0.1));
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
    assertThat(report.baselines().stream().map(BaselineRow::name))
        .containsExactly("last two", "estimate", "mean");
    // The last two that ended are A and C: D is believed to run 510 s, E the mean of all, 382.5 s.
    assertThat(report.baselines().get(0).withinTwo()).isEqualTo(2 / 5.0);
    assertThat(report.baselines().get(1).jobs()).isEqualTo(1);
    assertThat(report.baselines().get(1).withinTwo()).isEqualTo(1);
    assertThat(report.baselines().get(1).withinHalf()).isEqualTo(1);
    assertThat(report.baselines().get(2).withinTwo()).isEqualTo(2 / 5.0);
    assertThat(report.rows().get(0).baselinesWithinTwo().get("estimate")).hasValue(1);
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
