package org.yarngpu.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Keeps the benchmark measuring what it says; it times nothing. */
class PlanBenchmarkTest {
  private final PlanBenchmark benchmark = new PlanBenchmark();

  @Test
  void theWideGangFits() {
    assertThat(benchmark.wideGang().placements()).hasSize(1);
  }

  @Test
  void theBacklogsAreHopeless() {
    assertThat(benchmark.hopelessOfFewShapes().rejections()).hasSize(10_000);
    assertThat(benchmark.hopelessOfManyShapes().rejections()).hasSize(10_000);
  }
}
