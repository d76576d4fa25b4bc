package org.yarngpu.predict;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuantileTest {
  @Test
  void aQuantileIsOneOfTheValues() {
    double[] values = {30, 0, 1000, 10, 20};
    assertThat(Quantile.of(values, 0.95)).isEqualTo(1000);
    assertThat(Quantile.of(values, 0.5)).isEqualTo(20);
    assertThat(Quantile.of(values, 0)).isZero();
    assertThat(values).containsExactly(30, 0, 1000, 10, 20);
  }

  @Test
  void weightsMoveIt() {
    double[] values = {100, 120, 90, 140};
    double[] weights = {0.8, 0.8, 0.64, 0.64};
    assertThat(Quantile.weighted(values, weights, 0.22)).isEqualTo(90);
    assertThat(Quantile.weighted(values, weights, 0.5)).isEqualTo(100);
    assertThat(Quantile.weighted(values, weights, 0.77)).isEqualTo(120);
    assertThat(Quantile.weighted(values, weights, 0.9)).isEqualTo(140);
    assertThat(Quantile.weighted(values, weights, 1)).isEqualTo(140);
  }
}
