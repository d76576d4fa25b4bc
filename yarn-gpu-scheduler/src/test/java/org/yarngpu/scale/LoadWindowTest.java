package org.yarngpu.scale;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoadWindowTest {

  private final LoadWindow window = new LoadWindow();

  @Test
  void samplesAreMeansOfFifteenSecondsUpToNow() {
    window.add(100_000, 2);
    window.add(105_000, 4);
    window.add(120_000, 10);
    double[] samples = window.samples(119_999 + 1).toArray();
    assertThat(samples).hasSize(Signals.SAMPLES_MAX);
    assertThat(samples[39]).isEqualTo(10);
    assertThat(samples[38]).isEqualTo(3);
    assertThat(samples[37]).isNaN();
  }

  @Test
  void whatIsNotNewerOrNoLoadIsNotTaken() {
    assertThat(window.add(100_000, 2)).isTrue();
    assertThat(window.add(100_000, 3)).isFalse();
    assertThat(window.add(101_000, Double.NaN)).isFalse();
    assertThat(window.add(101_000, -1)).isFalse();
    assertThat(window.samples(100_000).get(39)).isEqualTo(2);
  }

  @Test
  void aMinuteIsTheMeanOfWhatWasReadInIt() {
    window.add(59_000, 1);
    window.add(60_000, 2);
    window.add(119_000, 4);
    assertThat(window.mean(1)).isEqualTo(3);
    assertThat(window.mean(2)).isNaN();
  }
}
