package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.model.Rejection;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** What a restart of the ResourceManager or of an application master leaves of a gang. */
class RestartIT {
  private static final Duration A_WHILE = Duration.ofSeconds(1);
  private static LocalYarn yarn;

  @BeforeAll
  static void start(@TempDir Path folder) {
    yarn =
        LocalYarn.of(3, 4)
            .restartable(folder)
            .with("yarn.scheduler.gpu.admit.settle-ms", "60000")
            .with("yarn.scheduler.gpu.history.dir", folder.resolve("history").toUri().toString())
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
  }

  @Test
  void aRestartedResourceManagerKeepsRunningGangsWholeAndWaitingOnesWaiting() {
    TestAm running = TestAm.on(yarn).gang(8).register().ask(8).awaitHeld(8);
    running.start(running.held());
    awaitRunning(8);
    TestAm waiting = TestAm.on(yarn).gang(8).register().ask(8);
    waiting.awaitReason("NOT_ENOUGH_FREE_GPUS");

    yarn.restartResourceManager();
    yarn.awaitNodes(3);

    Eventually.await(
        Duration.ofSeconds(40),
        () -> "the gang is found again; " + yarn.books(),
        () -> {
          running.beat();
          waiting.beat();
          return yarn.books().usedGpus() == 8;
        });
    yarn.assertBooksAreExact();
    waiting.receivesNothingFor(A_WHILE);
    assertThat(running.completed()).isEmpty();

    running.release(2).beat();
    running.ask(2).awaitHeld(8);
    waiting.receivesNothingFor(A_WHILE);
    running.finish();
    waiting.awaitHeld(8);
    assertThat(waiting.deliveries()).containsExactly(8);
    yarn.assertBooksAreExact();
  }

  @Test
  void whatWasLearnedFromJobsIsKnownAfterARestart() {
    for (int run = 0; run < 3; run++) {
      TestAm.on(yarn).name("nightly").gang(12).register().ask(12).awaitHeld(12).finish();
    }
    yarn.endAll();
    yarn.restartResourceManager();
    yarn.awaitNodes(3);
    TestAm holder = TestAm.on(yarn).name("holder").gang(12).register().ask(12);
    holder.awaitHeld(12, Duration.ofSeconds(40));
    TestAm nightly = TestAm.on(yarn).name("nightly").gang(12).register().ask(12);
    nightly.awaitReason("NOT_ENOUGH_FREE_GPUS");
    assertThat(nightly.diagnostics()).contains("from 3 runs of this user with the same name");
  }

  /** YARN shows its own text in a recovered attempt's diagnostics; the scheduler still knows. */
  @Test
  void aGangThatWaitsAcrossARestartStillKnowsWhy() {
    TestAm gang = TestAm.on(yarn).gang(12).register().ask(11);
    gang.awaitReason("WAITING_FOR_ASKS");
    yarn.restartResourceManager();
    yarn.awaitNodes(3);
    Eventually.await(
        Duration.ofSeconds(40),
        () -> "the gang waits for asks again",
        () -> {
          gang.beat();
          GangState state = ((GpuScheduler) yarn.scheduler()).gangs().gang(gang.attempt());
          Rejection why = state == null ? null : state.rejection();
          return why != null && why.detail().startsWith("the application master has asked for 11");
        });
  }

  @Test
  void aSecondAttemptWithoutTheMembersOfTheFirstNeedsItsWholeGang() {
    TestAm first = TestAm.on(yarn).gang(8).managed().register().ask(8).awaitHeld(8);
    first.start(first.held());
    awaitRunning(8);
    first.fail();
    TestAm second = TestAm.attach(yarn, first.id(), 2);
    assertThat(second.inherited()).isEmpty();
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "the first attempt's members end; " + yarn.books(),
        () -> yarn.books().usedGpus() == 0);
    TestAm holder = TestAm.on(yarn).register().ask(6).awaitHeld(6);
    second.ask(8).awaitReason("NOT_ENOUGH_FREE_GPUS").receivesNothingFor(A_WHILE);
    holder.release(2).beat();
    second.awaitHeld(8);
    assertThat(second.deliveries()).containsExactly(8);
    yarn.assertBooksAreExact();
  }

  @Test
  void aSecondAttemptThatKeepsTheMembersGoesOnWithThem() {
    TestAm first = TestAm.on(yarn).gang(8).keepingContainers().register().ask(8).awaitHeld(8);
    first.start(first.held());
    awaitRunning(8);
    first.fail();
    TestAm second = TestAm.attach(yarn, first.id(), 2);
    assertThat(second.inherited()).hasSize(8);
    yarn.assertBooksAreExact();
    second.release(3).beat();
    TestAm holder = TestAm.on(yarn).register().ask(5).awaitHeld(5);
    second.ask(3).receivesNothingFor(A_WHILE);
    holder.release(1).beat();
    second.awaitHeld(8);
    assertThat(second.deliveries()).containsExactly(3);
    yarn.assertBooksAreExact();
  }

  /** Only what a NodeManager has reported as running outlives its application master or RM. */
  private static void awaitRunning(int members) {
    Eventually.await(
        Duration.ofSeconds(20),
        () -> members + " members run",
        () ->
            yarn.scheduler().getNodeTracker().getAllNodes().stream()
                    .flatMap(node -> node.getCopiedListOfRunningContainers().stream())
                    .filter(
                        container ->
                            LocalYarn.gpus(container.getAllocatedResource()) > 0
                                && container.getState() == RMContainerState.RUNNING)
                    .count()
                == members);
  }
}
