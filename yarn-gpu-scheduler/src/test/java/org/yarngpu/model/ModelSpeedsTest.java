package org.yarngpu.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import org.junit.jupiter.api.Test;

class ModelSpeedsTest {
  @Test
  void aSpeedIsThatOfAllModelsItsTypeMeans() {
    ModelSpeeds speeds = ModelSpeeds.parse("a100=1, V100 = 0.5,k80=0.25").orElseThrow();
    assertThat(
            speeds.of(
                ImmutableSortedSet.of("", "a100", "tesla-v100-16gb", "tesla-v100-32gb", "t4")))
        .isEqualTo(
            ImmutableSortedMap.of("a100", 1.0, "tesla-v100-16gb", 0.5, "tesla-v100-32gb", 0.5));
    assertThat(ModelSpeeds.parse("")).contains(ModelSpeeds.ALL_ALIKE);
  }

  @Test
  void aSpeedIsAPositiveNumberAndGivenOnce() {
    for (String wrong : new String[] {"a100", "=1", "a100=", "a100=0", "a100=-1", "a=1,A=2"}) {
      assertThat(ModelSpeeds.parse(wrong)).as(wrong).isEmpty();
    }
  }

  @Test
  void aForecastOnSlowGpusIsLonger() {
    Forecast forecast = new Forecast(100, 200, 150).withSpeeds(ImmutableSortedMap.of("v100", 0.5));
    assertThat(forecast.on("v100"))
        .isEqualTo(new Forecast(200, 400, 300).withSpeeds(forecast.speeds()));
    assertThat(forecast.on("a100")).isEqualTo(forecast);
  }
}
