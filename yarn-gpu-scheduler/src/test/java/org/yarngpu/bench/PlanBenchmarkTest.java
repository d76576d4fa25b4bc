package org.yarngpu.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.yarngpu.model.Cure;
import org.yarngpu.model.Plan;

/** What is measured is what it says. */
class PlanBenchmarkTest {
  private final PlanBenchmark benchmark = new PlanBenchmark();

  @Test
  void theGangsOf512Start() {
    for (Plan plan : new Plan[] {benchmark.wideGang(), benchmark.scatteredGang()}) {
      assertThat(plan.placements()).hasSize(1);
      assertThat(plan.placements().get(0).members()).hasSize(512);
    }
  }

  @Test
  void noneOfTheHopelessGangsStartsAndNoneIsRefusedForGood() {
    for (Plan plan :
        new Plan[] {benchmark.hopelessGangsOfAllShapes(), benchmark.hopelessGangsOfFewShapes()}) {
      assertThat(plan.placements()).isEmpty();
      assertThat(plan.reservations()).hasSize(1);
      assertThat(plan.rejections()).hasSize(10_000);
      assertThat(plan.rejections().values()).noneMatch(r -> r.cure() == Cure.NONE);
    }
  }

  @Test
  void withForecastsTooNoneStartsAndTheFirstOfThemAreReserved() {
    Plan plan = benchmark.gangsWithForecasts();
    assertThat(plan.placements()).isEmpty();
    assertThat(plan.rejections()).hasSize(10_000);
    assertThat(plan.promises()).hasSizeBetween(1, 4);
    assertThat(benchmark.orderByForecast()).isEqualTo(10_000);
    assertThat(benchmark.startEstimates()).hasSize(10_000);
  }

  @Test
  void everyGangHasItsTurnInAnOrder() {
    assertThat(benchmark.orderByForecast()).isEqualTo(10_000);
    assertThat(benchmark.orderByUse()).isEqualTo(10_000);
  }
}
