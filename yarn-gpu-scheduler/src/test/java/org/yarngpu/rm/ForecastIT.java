package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.PastRuns;
import org.yarngpu.testing.TestAm;

/** What the ResourceManager learns from jobs that end, and what follows. One node of four GPUs. */
class ForecastIT {
  private static final String POLICY = "yarn.scheduler.gpu.policy";
  private static final String PREEMPTION = "yarn.scheduler.gpu.preemption";
  private static LocalYarn yarn;

  @BeforeAll
  static void start(@TempDir Path history) {
    learn(history);
    yarn =
        LocalYarn.of(1, 4)
            .with("yarn.scheduler.gpu.history.dir", history.toUri().toString())
            .start();
  }

  /**
   * Of Ann's and of Bob's gangs of four each third that is flaky ended after 10 s, the others after
   * 1000 s; those that are steady ended after 150 s.
   */
  private static void learn(Path folder) {
    try (PastRuns history = new PastRuns(folder)) {
      for (String user : List.of("ann", "bob")) {
        for (int run = 0; run < 15; run++) {
          history.add(past(user, "flaky"), run % 3 == 2 ? 10 : 1000, Optional.empty());
          history.add(past(user, "steady"), 150, Optional.empty());
        }
      }
    }
  }

  private static JobIdentity past(String user, String name) {
    return new JobIdentity(user, name, "", "root.a", 4, OptionalDouble.empty());
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

  private static TestAm known(String user, String name) {
    TestAm gang =
        TestAm.on(yarn)
            .user(user)
            .name(name)
            .property("GPU_CHECKPOINT", "1s")
            .gang(4)
            .register()
            .ask(4);
    gang.awaitReason("NOT_ENOUGH_FREE_GPUS");
    return gang;
  }

  @Test
  void whoOftenEndsEarlyGoesFirstOnlyWhereItWouldYieldAgain() throws IOException {
    TestAm holder = job("holder").register().ask(4).awaitHeld(4);
    TestAm flaky = known("ann", "flaky");
    TestAm steady = known("ann", "steady");
    holder.finish();
    steady.awaitHeld(4);
    flaky.receivesNothingFor(Duration.ofSeconds(1));
    steady.finish();
    flaky.awaitHeld(4);
    yarn.refreshQueues(Map.of(PREEMPTION, "on"));
    try {
      TestAm again = known("bob", "steady");
      TestAm early = known("bob", "flaky");
      flaky.finish();
      early.awaitHeld(4);
      again.receivesNothingFor(Duration.ofSeconds(1));
    } finally {
      yarn.refreshQueues(Map.of(PREEMPTION, "off"));
    }
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
