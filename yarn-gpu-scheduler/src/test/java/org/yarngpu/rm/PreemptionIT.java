package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yarngpu.job.SavedMark;
import org.yarngpu.model.GangId;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/**
 * Long gangs that save their work yield to short ones. One node of four GPUs.
 *
 * <p>Each test has a user and names of its own: what such jobs really ran for is learned.
 */
class PreemptionIT {
  private static final String PREEMPTION = "yarn.scheduler.gpu.preemption";
  private static final String GRACE = "yarn.scheduler.gpu.preemption.grace-ms";
  private static LocalYarn yarn;

  @TempDir private Path folder;

  @BeforeAll
  static void start(@TempDir Path state) {
    yarn =
        LocalYarn.of(1, 4)
            .restartable(state)
            .with(PREEMPTION, "on")
            .with("yarn.scheduler.gpu.preemption.period-ms", "100")
            .with(GRACE, "3000")
            .with("yarn.scheduler.gpu.preemption.min-run-ms", "0")
            .with("yarn.scheduler.gpu.preemption.restart-ms", "0")
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
    yarn.awaitIdleNodes();
  }

  /** A gang that has everything and says that it saves its work each second. */
  private static TestAm longGang(String user, String onTerm) {
    TestAm gang =
        TestAm.on(yarn)
            .user(user)
            .name(user + " slow")
            .property("GPU_RUNTIME", "10h")
            .property("GPU_CHECKPOINT", "1s")
            .gang(4)
            .register()
            .ask(4)
            .awaitHeld(4);
    return gang.startTrapping(onTerm);
  }

  private static TestAm shortGang(String user) {
    return TestAm.on(yarn)
        .user(user)
        .name(user + " quick")
        .property("GPU_RUNTIME", "10s")
        .gang(4)
        .register()
        .ask(4);
  }

  private String savesWhenTold() {
    return "touch %s/$CONTAINER_ID; exit 143".formatted(folder);
  }

  private static void awaitEvicted(TestAm victim, TestAm beneficiary) {
    Eventually.await(
        Duration.ofSeconds(30),
        () -> "the long gang goes; it holds %s, %s".formatted(victim.held(), yarn.books()),
        () -> {
          victim.beat();
          beneficiary.beat();
          return victim.held().isEmpty();
        });
  }

  @Test
  void aLongGangThatSavesItsWorkYieldsAsAWholeAndComesBack() throws IOException {
    TestAm slow = longGang("ann", savesWhenTold());
    TestAm quick = shortGang("ann");
    awaitEvicted(slow, quick);
    slow.ask(4).beat();
    quick.awaitHeld(4);
    assertThat(quick.deliveries()).containsExactly(4);
    try (Stream<Path> saved = Files.list(folder)) {
      assertThat(saved).hasSize(4);
    }
    slow.receivesNothingFor(Duration.ofSeconds(2)); // nor does it evict in turn
    assertThat(quick.completed()).isEmpty();
    yarn.assertBooksAreExact();
    quick.finish();
    slow.awaitHeld(4);
    yarn.assertBooksAreExact();
  }

  @Test
  void whoIgnoresTheNoticeIsKilledAfterItsGrace() {
    TestAm slow = longGang("bob", "");
    TestAm quick = shortGang("bob");
    quick.awaitReason("WAITING_FOR_RELEASE");
    awaitEvicted(slow, quick);
    assertThat(slow.completed())
        .hasSize(4)
        .extracting(ContainerStatus::getExitStatus)
        .containsOnly(ContainerExitStatus.PREEMPTED);
    assertThat(slow.completed())
        .allSatisfy(status -> assertThat(status.getDiagnostics()).contains("evicted for"));
    quick.awaitHeld(4);
    yarn.assertBooksAreExact();
  }

  @Test
  void aResourceManagerThatRestartsInTheGracePlansTheEvictionAgain() {
    TestAm slow = longGang("eve", "");
    TestAm quick = shortGang("eve");
    quick.awaitReason("WAITING_FOR_RELEASE");
    yarn.restartResourceManager();
    yarn.awaitNodes(1);
    awaitEvicted(slow, quick);
    quick.awaitHeld(4);
    assertThat(quick.deliveries()).containsExactly(4);
    yarn.assertBooksAreExact();
  }

  @Test
  void whoSavesNothingIsLeftAlone() {
    TestAm slow =
        TestAm.on(yarn)
            .user("cid")
            .name("unsaved")
            .property("GPU_RUNTIME", "10h")
            .gang(4)
            .register()
            .ask(4);
    slow.awaitHeld(4).start(slow.held());
    TestAm quick = shortGang("cid");
    quick.receivesNothingFor(Duration.ofSeconds(4));
    slow.beat();
    assertThat(slow.held()).hasSize(4);
  }

  @Test
  void toObserveChangesNothing() throws IOException {
    yarn.refreshQueues(Map.of(PREEMPTION, "observe"));
    try {
      TestAm slow = longGang("dan", savesWhenTold());
      TestAm quick = shortGang("dan");
      quick.receivesNothingFor(Duration.ofSeconds(4));
      slow.beat();
      assertThat(slow.held()).hasSize(4);
      try (Stream<Path> saved = Files.list(folder)) {
        assertThat(saved).isEmpty();
      }
    } finally {
      yarn.refreshQueues(Map.of(PREEMPTION, "on"));
    }
  }

  /** A gang of two that has two members more, which do not go at SIGTERM. */
  private static TestAm elasticGang(String user) {
    TestAm gang =
        TestAm.on(yarn)
            .user(user)
            .name(user + " elastic")
            .property("GPU_RUNTIME", "10h")
            .property("GPU_CHECKPOINT", "1s")
            .property("GPU_GANG_MAX", "4")
            .gang(2)
            .register()
            .ask(4)
            .awaitHeld(4);
    return gang.startTrapping("");
  }

  private static TestAm quickPair(String user) {
    return TestAm.on(yarn)
        .user(user)
        .name(user + " quick")
        .property("GPU_RUNTIME", "10s")
        .gang(2)
        .register()
        .ask(2);
  }

  @Test
  void toObserveTakesNoSurplusEither() throws IOException {
    yarn.refreshQueues(Map.of(PREEMPTION, "observe"));
    try {
      TestAm wide = elasticGang("gil");
      quickPair("gil").receivesNothingFor(Duration.ofSeconds(4));
      wide.beat();
      assertThat(wide.held()).hasSize(4);
    } finally {
      yarn.refreshQueues(Map.of(PREEMPTION, "on"));
    }
  }

  @Test
  void aResourceManagerThatRestartsWhileAGangShrinksPlansThatAgain() {
    TestAm wide = elasticGang("hal");
    TestAm quick = quickPair("hal");
    quick.awaitReason("WAITING_FOR_RELEASE");
    yarn.restartResourceManager();
    yarn.awaitNodes(1);
    Eventually.await(
        Duration.ofSeconds(30),
        () -> "two members go; it holds %s, %s".formatted(wide.held(), yarn.books()),
        () -> {
          wide.beat();
          quick.beat();
          return wide.held().size() == 2;
        });
    quick.awaitHeld(2);
    assertThat(wide.beat()).isEmpty();
    assertThat(wide.held()).as("its minimum stays").hasSize(2);
    yarn.assertBooksAreExact();
  }

  /** Two go at the notice and ask again; their GPUs are free and held while two others linger. */
  @Test
  void aResourceManagerThatRestartsWhileFreedGpusAreHeldEvictsNobodyTwice() throws IOException {
    yarn.refreshQueues(Map.of(GRACE, "10000"));
    try {
      TestAm goes = longPair("ida", "goes").startTrapping("exit 143");
      TestAm lingers = longPair("ida", "lingers").startTrapping("");
      TestAm quick = shortGang("ida");
      awaitEvicted(goes, quick);
      goes.ask(2).receivesNothingFor(Duration.ofSeconds(1));
      lingers.beat();
      assertThat(lingers.held()).as("its grace is not over").hasSize(2);

      yarn.restartResourceManager();
      yarn.awaitNodes(1);
      goes.beat();
      awaitEvicted(lingers, quick);
      quick.awaitHeld(4);
      assertThat(quick.deliveries()).containsExactly(4);
      goes.receivesNothingFor(Duration.ofSeconds(1));
      assertThat(goes.deliveries()).as("evicted once").containsExactly(2);
      assertThat(lingers.completed())
          .extracting(ContainerStatus::getExitStatus)
          .containsOnly(ContainerExitStatus.PREEMPTED);
      yarn.assertBooksAreExact();

      quick.finish();
      goes.awaitHeld(2);
      lingers.ask(2).awaitHeld(2);
      yarn.assertBooksAreExact();
    } finally {
      yarn.refreshQueues(Map.of(GRACE, "3000"));
    }
  }

  private static TestAm longPair(String user, String name) {
    return TestAm.on(yarn)
        .user(user)
        .name(name)
        .property("GPU_RUNTIME", "10h")
        .property("GPU_CHECKPOINT", "1s")
        .gang(2)
        .register()
        .ask(2)
        .awaitHeld(2);
  }

  @Test
  void onlyWhereGangsAreEvictedASnapshotSaysWhatThatCosts() throws IOException {
    TestAm slow = longGang("jon", "");
    assertThat(evictionCostsMs()).isEqualTo(Map.of(new GangId(slow.attempt().toString()), 500L));
    try {
      for (String mode : List.of("observe", "off")) {
        yarn.refreshQueues(Map.of(PREEMPTION, mode));
        assertThat(evictionCostsMs()).as(mode).isEmpty();
      }
    } finally {
      yarn.refreshQueues(Map.of(PREEMPTION, "on"));
    }
  }

  private static Map<GangId, Long> evictionCostsMs() {
    return new SnapshotBuilder((GpuScheduler) yarn.scheduler())
        .build(System.currentTimeMillis(), true, ImmutableSortedMap.of())
        .evictionCostsMs();
  }

  /**
   * Nobody yields who by the declared interval may lose more than a third of its run; a mark says
   * that it does not.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void ofTwoGangsTheOneThatSavedJustNowYields(int which) {
    TestAm[] gangs = {hourly("fay" + which, "first"), hourly("fay" + which, "second")};
    TestAm saves = gangs[which];
    TestAm keeps = gangs[1 - which];
    TestAm quick =
        TestAm.on(yarn)
            .user("fay" + which)
            .name("quick")
            .property("GPU_RUNTIME", "10s")
            .gang(2)
            .register()
            .ask(2);
    quick.receivesNothingFor(Duration.ofSeconds(2));
    Eventually.await(
        Duration.ofSeconds(60),
        () -> "the gang that saved goes; it holds %s, %s".formatted(saves.held(), yarn.books()),
        () -> {
          saves.exclude(SavedMark.of(System.currentTimeMillis())).beat();
          keeps.exclude("gpu.saved=garbage").beat();
          quick.beat();
          return saves.held().isEmpty();
        });
    quick.awaitHeld(2);
    assertThat(keeps.held()).hasSize(2);
    yarn.assertBooksAreExact();
  }

  private static TestAm hourly(String user, String name) {
    TestAm gang =
        TestAm.on(yarn)
            .user(user)
            .name(name)
            .property("GPU_RUNTIME", "10h")
            .property("GPU_CHECKPOINT", "1h")
            .gang(2)
            .register()
            .ask(2)
            .awaitHeld(2);
    gang.start(gang.held());
    return gang;
  }
}
