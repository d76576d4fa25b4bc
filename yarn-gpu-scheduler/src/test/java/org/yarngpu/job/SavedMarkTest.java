package org.yarngpu.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SavedMarkTest {
  @Test
  void aMarkReadsBack() {
    assertThat(SavedMark.of(1_764_009_600_000L)).isEqualTo("gpu.saved=1764009600000");
    assertThat(SavedMark.parse("gpu.saved=1764009600000")).hasValue(1_764_009_600_000L);
    assertThat(SavedMark.parse(SavedMark.of(0))).hasValue(0);
    assertThat(SavedMark.parse(SavedMark.of(999_999_999_999_999L))).hasValue(999_999_999_999_999L);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gpu.saved=",
        "gpu.saved=-1",
        "gpu.saved=01",
        "gpu.saved=1e3",
        "gpu.saved=now",
        "gpu.saved=9999999999999999999999",
        "gpu.saved=1 "
      })
  void garbageIsAMarkThatSaysNothing(String garbage) {
    assertThat(SavedMark.isMark(garbage)).isTrue();
    assertThat(SavedMark.parse(garbage)).isEmpty();
  }

  @Test
  void aHostIsNoMark() {
    assertThat(SavedMark.isMark("gpu.saved.example.org")).isFalse();
    assertThat(SavedMark.parse("node1")).isEmpty();
  }

  @Test
  void whatCannotBeReadBackIsNotWritten() {
    assertThatIllegalArgumentException().isThrownBy(() -> SavedMark.of(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> SavedMark.of(1_000_000_000_000_000L));
  }
}
