package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FallbackTest {
  private final Fallback fallback = new Fallback();

  @Test
  void onlyFailuresInARowCount() {
    assertThat(fallback.failed(2)).isFalse();
    fallback.succeeded();
    assertThat(fallback.failed(2)).isFalse();
    assertThat(fallback.failed(2)).isTrue();
    assertThat(fallback.active()).isTrue();
  }

  @Test
  void itBeginsOnce() {
    assertThat(fallback.failed(1)).isTrue();
    assertThat(fallback.failed(1)).isFalse();
  }

  @Test
  void itEndsAfterTenGoodCyclesInARow() {
    fallback.failed(1);
    for (int good = 1; good < Fallback.GOOD_CYCLES_TO_END; good++) {
      assertThat(fallback.succeeded()).isFalse();
    }
    fallback.failed(1);
    for (int good = 1; good < Fallback.GOOD_CYCLES_TO_END; good++) {
      assertThat(fallback.succeeded()).isFalse();
    }
    assertThat(fallback.succeeded()).isTrue();
    assertThat(fallback.active()).isFalse();
  }
}
