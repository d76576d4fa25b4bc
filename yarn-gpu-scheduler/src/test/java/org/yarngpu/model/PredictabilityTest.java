package org.yarngpu.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.model.Predictability.NOT;
import static org.yarngpu.model.Predictability.PREDICTABLE;
import static org.yarngpu.model.Predictability.SEMI;

import org.junit.jupiter.api.Test;

class PredictabilityTest {
  @Test
  void itTakesJudgedRunsAHighHitRateAndASmallSpread() {
    assertThat(Predictability.of(5, 0.80, 0.6)).isEqualTo(PREDICTABLE);
    assertThat(Predictability.of(4.9, 0.80, 0.6)).isEqualTo(SEMI);
    assertThat(Predictability.of(5, 0.79, 0.6)).isEqualTo(SEMI);
    assertThat(Predictability.of(5, 0.80, 0.61)).isEqualTo(SEMI);
    assertThat(Predictability.of(20, 0.49, 0.1)).isEqualTo(NOT);
    assertThat(Predictability.of(0, 1.0 / 3, 0.1)).isEqualTo(NOT);
  }
}
