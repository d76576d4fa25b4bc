package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** When the loop wakes by itself, by a clock that stands still: on real YARN, cycle by cycle. */
class NextKillIT {
  private static final AtomicLong NOW_MS = new AtomicLong(System.currentTimeMillis());

  /** A scheduler whose cycles are run by the test. */
  public static final class Driven extends GpuScheduler {
    public Driven() {
      setClock(NOW_MS::get);
      leaveCyclesToCaller();
    }
  }

  @Test
  void theLoopSleepsUntilTheGraceIsOverAndNotLonger() {
    try (LocalYarn yarn =
        LocalYarn.of(1, 4)
            .scheduler(Driven.class.getName())
            .with("yarn.scheduler.gpu.cycle.period-max-ms", "10000")
            .with("yarn.scheduler.gpu.preemption", "on")
            .with("yarn.scheduler.gpu.preemption.grace-ms", "7000")
            .with("yarn.scheduler.gpu.preemption.min-run-ms", "0")
            .with("yarn.scheduler.gpu.preemption.restart-ms", "0")
            .start()) {
      GpuScheduler scheduler = (GpuScheduler) yarn.scheduler();
      TestAm slow = gang(yarn, "slow", "10h");
      await(scheduler, () -> slow.beat().size() == 4);
      slow.startTrapping("");
      NOW_MS.addAndGet(Duration.ofHours(1).toMillis());
      TestAm quick = gang(yarn, "quick", "10s");
      quick.beat();
      assertThat(scheduler.pauseMaxMs()).as("nobody is told to go").isEqualTo(10_000);
      await(scheduler, () -> scheduler.pauseMaxMs() != 10_000);
      assertThat(scheduler.pauseMaxMs()).isEqualTo(7_000);
      NOW_MS.addAndGet(6_999);
      assertThat(scheduler.pauseMaxMs()).isEqualTo(1);
      scheduler.cycle();
      slow.beat();
      assertThat(slow.held()).as("it has a millisecond left").hasSize(4);
      NOW_MS.addAndGet(1);
      scheduler.cycle();
      assertThat(scheduler.pauseMaxMs()).as("nobody is left to be killed").isEqualTo(10_000);
      await(
          scheduler,
          () -> {
            slow.beat();
            return slow.held().isEmpty();
          });
      assertThat(slow.completed())
          .extracting(ContainerStatus::getExitStatus)
          .containsOnly(ContainerExitStatus.PREEMPTED);
      await(scheduler, () -> quick.beat().size() == 4);
      yarn.endAll();
    }
  }

  private static TestAm gang(LocalYarn yarn, String name, String runtime) {
    return TestAm.on(yarn)
        .name(name)
        .property("GPU_RUNTIME", runtime)
        .property("GPU_CHECKPOINT", "1s")
        .gang(4)
        .register()
        .ask(4);
  }

  private static void await(GpuScheduler scheduler, BooleanSupplier condition) {
    Eventually.await(
        Duration.ofSeconds(30),
        () -> "it comes to that, cycle by cycle",
        () -> {
          scheduler.cycle();
          return condition.getAsBoolean();
        });
  }
}
