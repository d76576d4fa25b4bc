package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.report.Comparison.Summary;

class ComparisonTest {
  @Test
  void aRunIsMeasuredAgainstTheBestBoundAndFifo() {
    Comparison comparison =
        Comparison.of(
            ImmutableList.of(
                SampleRuns.waiting("fifo", 1, 80),
                SampleRuns.waiting("srtf-oracle", 1, 25),
                SampleRuns.waiting("easy-perfect", 1, 20),
                SampleRuns.waiting("las", 1, 40)));
    Comparison.Row las = comparison.rows().get(3);
    assertThat(las.waitToBound()).hasValue(2);
    assertThat(las.waitToFifo()).hasValue(0.5);
    assertThat(las.jctToBound()).hasValue(140 / 120.0);
    assertThat(las.jctToFifo()).hasValue(140 / 180.0);
    assertThat(Headline.of(comparison.summaries()))
        .isEqualTo("las waits 40.0 s on average, 2.00x the best possible and 0.50x fifo.");
  }

  @Test
  void aBoundNeedsNoFifo() {
    Comparison comparison =
        Comparison.of(
            ImmutableList.of(
                SampleRuns.waiting("sjf-oracle", 1, 16), SampleRuns.waiting("las", 1, 40)));
    assertThat(comparison.rows().get(1).waitToBound()).hasValue(2.5);
    assertThat(comparison.rows().get(1).waitToFifo()).isEmpty();
  }

  @Test
  void anotherSeedOrPreemptionCostIsNoBound() {
    Comparison comparison =
        Comparison.of(
            ImmutableList.of(
                SampleRuns.waiting("srtf-oracle", 2, 20),
                SampleRuns.run(
                    "srtf-oracle",
                    Conditions.IDEAL.withSeed(1).withRestartMs(1),
                    SampleRuns.done(SampleRuns.job("a", "", "", 0, 1, 1), 5, 6)),
                SampleRuns.waiting("las", 1, 40)));
    assertThat(comparison.rows().get(2).waitToBound()).isEmpty();
    assertThat(comparison.groups()).hasSize(2);
  }

  @Test
  void aRunThatLeftJobsUnfinishedIsNotBetterForIt() {
    Comparison comparison =
        Comparison.of(
            ImmutableList.of(
                SampleRuns.waiting("fifo", 1, 80),
                SampleRuns.run(
                    "las",
                    Conditions.IDEAL.withSeed(1),
                    SampleRuns.done(SampleRuns.job("a", "", "", 0, 100, 1), 5, 106),
                    SampleRuns.never(SampleRuns.job("b", "", "", 0, 100, 1)))));
    assertThat(comparison.rows().get(1).waitToFifo()).isEmpty();
    assertThat(Headline.of(comparison.summaries())).startsWith("fifo waits");
  }

  @Test
  void aWaitOfNothingIsNoBaseline() {
    Comparison comparison =
        Comparison.of(
            ImmutableList.of(SampleRuns.waiting("fifo", 1, 0), SampleRuns.waiting("las", 1, 40)));
    assertThat(comparison.rows().get(1).waitToFifo()).isEmpty();
    assertThat(comparison.summaries().get(1).waitToFirst()).isEmpty();
  }

  /** Ratios 1/2, 1/4 and 1/8: the logarithms are ln 4 from 0 with a deviation of ln 2. */
  @Test
  void seedsArePairedOnTheLogarithm() {
    Comparison comparison =
        Comparison.of(
            ImmutableList.of(
                SampleRuns.waiting("fifo", 1, 80),
                SampleRuns.waiting("fifo", 2, 400),
                SampleRuns.waiting("fifo", 3, 800),
                SampleRuns.waiting("las", 3, 100),
                SampleRuns.waiting("las", 2, 100),
                SampleRuns.waiting("las", 1, 40)));
    Summary las = comparison.summaries().get(1);
    PairedRatio wait = las.waitToFirst().orElseThrow();
    double half = 4.302652729911275 * Math.log(2) / Math.sqrt(3);
    assertThat(comparison.summaries()).hasSize(2);
    assertThat(las.mean(RunMetrics::waitMean)).hasValue(80);
    assertThat(wait.pairs()).isEqualTo(3);
    assertThat(wait.ratio()).isCloseTo(0.25, within(1e-12));
    assertThat(wait.interval().orElseThrow().low()).isCloseTo(0.25 * Math.exp(-half), within(1e-9));
    assertThat(wait.interval().orElseThrow().high()).isCloseTo(0.25 * Math.exp(half), within(1e-9));
  }

  @Test
  void oneSeedHasARatioAndNoInterval() {
    Comparison comparison =
        Comparison.of(
            ImmutableList.of(SampleRuns.waiting("fifo", 1, 80), SampleRuns.waiting("las", 1, 40)));
    assertThat(comparison.summaries().get(1).waitToFirst().orElseThrow().interval()).isEmpty();
  }
}
