package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.JobRecord;

class RunMetricsTest {
  /** Waits 0, 20, 50 and 110 s; the last job never ends. */
  private static final RunMetrics WORKED =
      RunMetrics.of(
          SampleRuns.run(
              "las",
              Conditions.IDEAL,
              SampleRuns.done(SampleRuns.job("a", "u1", "q1", 0, 100, 1), 0, 100),
              SampleRuns.done(SampleRuns.job("b", "u1", "q2", 10, 50, 2), 30, 80),
              SampleRuns.done(SampleRuns.job("c", "u2", "q2", 20, 5, 8), 70, 75),
              new JobRecord(
                  SampleRuns.job("d", "u2", "q1", 40, 100, 1),
                  OptionalLong.of(50_000),
                  OptionalLong.of(250_000),
                  1,
                  0,
                  3,
                  60_000,
                  36_000,
                  200_000),
              new JobRecord(
                  SampleRuns.job("e", "u1", "q1", 100, 10, 1),
                  OptionalLong.of(120_000),
                  OptionalLong.empty(),
                  0,
                  1,
                  0,
                  12_000,
                  0,
                  40_000)));

  @Test
  void timesAreThoseOfFinishedJobs() {
    assertThat(WORKED.jobs()).isEqualTo(5);
    assertThat(WORKED.unfinished()).isEqualTo(1);
    assertThat(WORKED.waits())
        .hasValue(new Distribution(4, 45, 20, 110, 110, OptionalDouble.empty()));
    assertThat(WORKED.jcts())
        .hasValue(new Distribution(4, 108.75, 70, 210, 210, OptionalDouble.empty()));
  }

  @Test
  void firstStartsAreThoseOfStartedJobs() {
    assertThat(WORKED.firstStarts())
        .hasValue(new Distribution(5, 20, 20, 50, 50, OptionalDouble.empty()));
  }

  @Test
  void slowdownIsBoundedAtTenSecondsOfRunTime() {
    assertThat(WORKED.boundedSlowdownMean()).hasValue((1 + 1.4 + 5.5 + 2.1) / 4);
  }

  @Test
  void gpuTimeCountsForAllJobs() {
    assertThat(WORKED.utilization()).hasValue(0.5);
    assertThat(WORKED.evictionsPerJob()).isEqualTo(0.2);
    assertThat(WORKED.lostGpuHours()).isEqualTo(0.02);
    assertThat(WORKED.idleHeldGpuHours()).isEqualTo(0.01);
  }

  @Test
  void fairnessComparesMeanSlowdownsOfOwners() {
    double queues = 5 * 5 / (2 * (1.55 * 1.55 + 3.45 * 3.45));
    double users = 5 * 5 / (2 * (1.2 * 1.2 + 3.8 * 3.8));
    assertThat(WORKED.queueFairness().getAsDouble()).isCloseTo(queues, within(1e-12));
    assertThat(WORKED.userFairness().getAsDouble()).isCloseTo(users, within(1e-12));
  }

  @Test
  void waitIsToldByGangSize() {
    assertThat(WORKED.waitsBySize())
        .containsOnlyKeys(SizeClass.ONE, SizeClass.UP_TO_4, SizeClass.UP_TO_8);
    assertThat(WORKED.waits(SizeClass.ONE))
        .hasValue(new Distribution(2, 55, 0, 110, 110, OptionalDouble.empty()));
    assertThat(WORKED.waits(SizeClass.UP_TO_8).orElseThrow().mean()).isEqualTo(50);
  }

  @Test
  void withoutAFinishedJobThereIsNothingToAverage() {
    RunMetrics run =
        RunMetrics.of(
            SampleRuns.run("fifo", 1, SampleRuns.never(SampleRuns.job("a", "", "", 0, 10, 1))));
    assertThat(run.waits()).isEmpty();
    assertThat(run.firstStarts()).isEmpty();
    assertThat(run.boundedSlowdownMean()).isEmpty();
    assertThat(run.utilization()).isEmpty();
    assertThat(run.queueFairness()).isEmpty();
    assertThat(run.waitsBySize()).isEmpty();
    assertThat(run.unfinished()).isEqualTo(1);
  }

  @Test
  void aThousandValuesHaveAThousandthFromTheTop() {
    Distribution times = Distribution.ofMs(LongStream.rangeClosed(1, 1000)).orElseThrow();
    assertThat(times.p50()).isEqualTo(0.5);
    assertThat(times.p99()).isEqualTo(0.99);
    assertThat(times.p999()).hasValue(0.999);
    assertThat(Distribution.ofMs(LongStream.rangeClosed(1, 999)).orElseThrow().p999()).isEmpty();
  }
}
