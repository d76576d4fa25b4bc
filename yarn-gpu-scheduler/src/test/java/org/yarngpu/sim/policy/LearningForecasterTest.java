package org.yarngpu.sim.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.OptionalLong;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.testing.Gangs;

class LearningForecasterTest {

  /** One of ann's runs; it has held GPUs of a speed for a time. */
  private record Run(int number, long attainedMs, double speed) implements ActiveJob {
    @Override
    public long workMs() {
      return (long) ((double) attainedMs * speed);
    }

    @Override
    public ImmutableSortedMap<String, Double> speeds() {
      return ImmutableSortedMap.of("v100", 0.5);
    }

    @Override
    public Gang gang() {
      return Gangs.gang("g" + number).members(1, 1).build();
    }

    @Override
    public int gpus() {
      return 1;
    }

    @Override
    public String user() {
      return "ann";
    }

    @Override
    public String group() {
      return "train";
    }

    @Override
    public OptionalLong estimateMs() {
      return OptionalLong.empty();
    }

    @Override
    public long waitedMs() {
      return 0;
    }

    @Override
    public long heldSinceMs() {
      return 0;
    }

    @Override
    public long checkpointMs() {
      return 0;
    }

    @Override
    public long restartMs() {
      return 0;
    }

    @Override
    public int evictions() {
      return 0;
    }

    @Override
    public ImmutableList<Member> members() {
      return ImmutableList.of();
    }
  }

  @Test
  void aRunOnSlowGpusTeachesHowLongTheJobRunsOnFastOnes() {
    LearningForecaster forecaster = new LearningForecaster();
    for (int run = 0; run < 3; run++) {
      Run slow = new Run(run, 200_000, 0.5);
      Forecast unused = forecaster.of(slow);
      forecaster.learn(slow);
    }
    Forecast forecast = forecaster.of(new Run(3, 0, 1));
    assertThat(forecast.remainingMs()).isCloseTo(100_000, Offset.offset(1L));
    assertThat(forecast.on("v100").remainingMs()).isCloseTo(200_000, Offset.offset(1L));
    // Half of it is done; on its slow GPUs the other half takes as long as the whole would.
    assertThat(forecaster.of(new Run(3, 100_000, 0.5)).remainingMs())
        .isCloseTo(100_000, Offset.offset(1L));
  }
}
