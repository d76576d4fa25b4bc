package org.yarngpu.sim.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;
import org.yarngpu.testing.Seeded;

class LoadScalingTest {

  private static Workload workload(Job... jobs) {
    return new Workload("w", ImmutableList.copyOf(jobs));
  }

  private static Job job(String id, long submitMs, long runMs, int members, int gpus) {
    return new Job(
        id,
        submitMs,
        runMs,
        members,
        gpus,
        1,
        "",
        "",
        "",
        0,
        "",
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  /** 100 s x 2 GPUs + 50 s x 8 GPUs = 600 GPU-seconds in 300 s. */
  @Test
  void theLoadIsWorkByRoom() {
    Workload workload = workload(job("a", 100_000, 100_000, 2, 1), job("b", 400_000, 50_000, 2, 4));
    assertThat(OfferedLoad.of(workload, 4).orElseThrow()).isEqualTo(0.5);
    assertThat(OfferedLoad.of(workload, 1).orElseThrow()).isEqualTo(2);
    assertThat(OfferedLoad.of(workload(job("a", 9, 9, 1, 1)), 1)).isEmpty();
  }

  @Test
  void aLoadIsReachedByMovingSubmissionsAwayFromTheFirst() {
    Workload workload =
        workload(
            job("a", 100_000, 100_000, 2, 1),
            job("b", 250_000, 0, 1, 1),
            job("c", 400_000, 50_000, 2, 4));
    Workload scaled = LoadScaling.toLoad(0.25, workload, 4);
    assertThat(scaled.jobs().stream().map(Job::submitMs))
        .containsExactly(100_000L, 400_000L, 700_000L);
  }

  @Seeded(runs = 200)
  void theTargetIsReached(SplittableRandom random) {
    Workload workload = anyWorkload(random);
    double target = 0.1 + 2 * random.nextDouble();
    int gpus = 1 + random.nextInt(64);
    Workload scaled = LoadScaling.toLoad(target, workload, gpus);
    assertThat(OfferedLoad.of(scaled, gpus).orElseThrow()).isCloseTo(target, within(0.01 * target));
    assertThat(OfferedLoad.gpuMs(scaled)).isEqualTo(OfferedLoad.gpuMs(workload));
  }

  private static Workload anyWorkload(SplittableRandom random) {
    return new Workload(
        "w",
        IntStream.range(0, 6)
            .mapToObj(
                id ->
                    job(
                        "j" + id,
                        id * 10_000L + random.nextLong(10_000),
                        1_000_000 + random.nextLong(1_000_000),
                        1 + random.nextInt(4),
                        1 + random.nextInt(4)))
            .collect(ImmutableList.toImmutableList()));
  }

  @Test
  void aWorkloadWithoutLoadCannotBeScaled() {
    assertThatThrownBy(() -> LoadScaling.toLoad(1, workload(job("a", 0, 1, 1, 1)), 1))
        .hasMessageContaining("has no load to scale");
  }

  @Seeded(runs = 200)
  void shakingMovesEachSubmissionByAtMostAMinute(SplittableRandom random) {
    Workload workload = anyWorkload(random);
    long seed = random.nextLong();
    Workload shaken = Shake.of(workload, seed);
    assertThat(Shake.of(workload, seed)).isEqualTo(shaken);
    for (Job job : workload.jobs()) {
      Job moved =
          shaken.jobs().stream().filter(j -> j.id().equals(job.id())).findFirst().orElseThrow();
      assertThat(moved.submitMs())
          .isBetween(Math.max(0, job.submitMs() - 60_000), job.submitMs() + 60_000);
      assertThat(moved.submittedAt(job.submitMs())).isEqualTo(job);
    }
  }

  @Test
  void shakingMovesAsOftenEitherWay() {
    Workload workload =
        new Workload(
            "w",
            IntStream.range(0, 2000)
                .mapToObj(id -> job("j" + id, 1_000_000, 1, 1, 1))
                .collect(ImmutableList.toImmutableList()));
    double mean =
        Shake.of(workload, 5).jobs().stream().mapToLong(Job::submitMs).average().orElseThrow();
    assertThat(mean).isCloseTo(1_000_000, within(4_000.0));
  }
}
