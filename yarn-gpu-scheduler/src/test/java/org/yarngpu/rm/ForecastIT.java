package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** What the ResourceManager learns from jobs that end, and what follows. One node of four GPUs. */
class ForecastIT {
  private static final String POLICY = "yarn.scheduler.gpu.policy";
  private static LocalYarn yarn;

  @BeforeAll
  static void start() {
    yarn = LocalYarn.of(1, 4).start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
  }

  private static TestAm.Submission job(String name) {
    return TestAm.on(yarn).name(name).gang(4);
  }

  @Test
  void aJobThatHasBeenShortGoesBeforeOneThatSaysItIsLong() {
    for (int run = 0; run < 3; run++) {
      job("nightly").register().ask(4).awaitHeld(4).finish();
    }
    TestAm holder = job("holder").register().ask(4).awaitHeld(4);
    TestAm slow = job("slow").property("GPU_RUNTIME", "10h").register().ask(4);
    slow.awaitReason("NOT_ENOUGH_FREE_GPUS");
    assertThat(slow.diagnostics())
        .contains("Forecast: runs 10.0 h, in 9 of 10 cases at most")
        .contains("unpredictable, from what was declared")
        .contains("Expected start: ");
    TestAm nightly = job("nightly").register().ask(4);
    nightly.awaitReason("NOT_ENOUGH_FREE_GPUS");
    assertThat(nightly.diagnostics())
        .contains("from 3 runs of this user with the same name on as many GPUs");
    holder.finish();
    nightly.awaitHeld(4);
    slow.receivesNothingFor(Duration.ofSeconds(1));
    nightly.finish();
    slow.awaitHeld(4);
  }

  @Test
  void whoIsBehindAllReservationsIsToldAnEstimate() {
    TestAm holder = job("holds").property("GPU_RUNTIME", "1h").register().ask(4).awaitHeld(4);
    for (int before = 0; before < 4; before++) {
      job("before").property("GPU_RUNTIME", "1h").register().ask(4).beat();
    }
    TestAm behind = job("behind").property("GPU_RUNTIME", "9h").register().ask(4);
    Eventually.await(
        Duration.ofMinutes(2),
        () -> "it is told an estimate: " + behind.diagnostics(),
        () -> {
          behind.beat();
          holder.beat();
          return behind.diagnostics().contains("Estimated start: about 2");
        });
    assertThat(behind.diagnostics()).doesNotContain("Expected start");
  }

  @Test
  void withoutForecastsWhoComesFirstGoesFirst() throws IOException {
    yarn.refreshQueues(Map.of(POLICY, "priority"));
    try {
      TestAm holder = job("holder").register().ask(4).awaitHeld(4);
      TestAm slow = job("slow").property("GPU_RUNTIME", "10h").register().ask(4);
      slow.awaitReason("NOT_ENOUGH_FREE_GPUS");
      assertThat(slow.diagnostics()).doesNotContain("Forecast");
      TestAm quick = job("quick").property("GPU_RUNTIME", "1m").register().ask(4);
      quick.awaitReason("NOT_ENOUGH_FREE_GPUS");
      holder.finish();
      slow.awaitHeld(4);
      quick.receivesNothingFor(Duration.ofSeconds(1));
    } finally {
      yarn.refreshQueues(Map.of(POLICY, "predicted"));
    }
  }

  /** A service never ends: nothing may be promised on what it holds. */
  @Test
  void aServiceIsNotExpectedToEnd() {
    TestAm service =
        TestAm.on(yarn).property("GPU_KIND", "inference").register().ask(4).awaitHeld(4);
    TestAm gang = job("gang").register().ask(4);
    gang.awaitReason("NOT_ENOUGH_FREE_GPUS");
    service.finish();
    gang.awaitHeld(4);
  }
}
