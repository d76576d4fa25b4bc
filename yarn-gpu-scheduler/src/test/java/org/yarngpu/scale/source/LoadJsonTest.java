package org.yarngpu.scale.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yarngpu.scale.Reading;

class LoadJsonTest {

  @Test
  void readsWhatIsThere() {
    Reading reading =
        LoadJson.parse("{\"requests_per_second\": 12.5, \"p99_ms\": 180}", 7, 3).orElseThrow();
    assertThat(reading.atMs()).isEqualTo(7);
    assertThat(reading.arrivals()).isEqualTo(12.5);
    assertThat(reading.p99Seconds()).isEqualTo(0.18);
    assertThat(reading.waiting()).isNaN();
    assertThat(reading.replicas()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "3",
        "{}",
        "{\"requests_per_second\": \"12\"}",
        "{\"requests_per_second\": -1}",
        "{\"requests_per_second\": NaN}"
      })
  void whatTellsNoLoadIsNone(String text) {
    assertThat(LoadJson.parse(text, 7, 1)).isEmpty();
  }
}
