package org.yarngpu.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.predict.SimilarJobsRuntime;

/** What is measured is what it says. */
class PredictBenchmarkTest {
  @Test
  void asManyGroupsAreRememberedAsMayBeAndMostJobsHaveAHistory() {
    PredictBenchmark benchmark = new PredictBenchmark();
    assertThat(benchmark.snapshot().groups()).hasSize(SimilarJobsRuntime.GROUPS_MAX);
    int fromNames = 0;
    for (int job = 0; job < 100; job++) {
      fromNames += benchmark.forecast().level().compareTo(KeyLevel.ANYONES_NAME) <= 0 ? 1 : 0;
    }
    assertThat(fromNames).isGreaterThan(80);
    assertThat(benchmark.learn()).isZero();
    assertThat(benchmark.groups().keys()).isNotEmpty();
    assertThat(benchmark.remainingIndexAndQuantile()).isPositive();
  }
}
