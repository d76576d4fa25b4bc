package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** What a gang gets, and when, by priority: all or nothing. Three nodes of four GPUs. */
class GangIT {
  private static final Duration A_WHILE = Duration.ofSeconds(1);
  private static LocalYarn yarn;

  @BeforeAll
  static void start() {
    yarn = LocalYarn.of(3, 4).with("yarn.scheduler.gpu.policy", "priority").start();
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
  void aGangThatFitsOnlyInPartGetsNothingAndThenAllInOneBeat() {
    TestAm holder = holding(6);
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8);
    gang.receivesNothingFor(A_WHILE);
    holder.release(1).beat();
    gang.receivesNothingFor(A_WHILE);
    holder.release(1).beat();
    gang.awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(8);
    yarn.assertBooksAreExact();
  }

  @Test
  void ofTwoGangsOneStartsAndTheOtherWhenTheFirstEnds() {
    TestAm left = TestAm.on(yarn).gang(8).register();
    TestAm right = TestAm.on(yarn).gang(8).queue("root.b").register();
    left.ask(8).beat();
    right.ask(8).beat();
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "one has all; %s, %s".formatted(left.deliveries(), right.deliveries()),
        () -> {
          left.beat();
          right.beat();
          return left.held().size() + right.held().size() >= 8;
        });
    TestAm first = left.held().isEmpty() ? right : left;
    TestAm second = first == left ? right : left;
    assertThat(first.deliveries()).containsExactly(8);
    second.receivesNothingFor(A_WHILE);
    assertThat(yarn.books().usedGpus()).isEqualTo(8);
    first.finish();
    second.awaitHeld(8);
    assertThat(second.deliveries()).containsExactly(8);
    yarn.assertBooksAreExact();
  }

  @Test
  void fiftyGangsEachAboveHalfTheClusterAllFinish() {
    SplittableRandom random = new SplittableRandom(7);
    List<TestAm> waiting = new ArrayList<>();
    List<Integer> sizes = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      int members = random.nextInt(7, 13);
      String queue = random.nextBoolean() ? "root.a" : "root.b";
      TestAm gang = TestAm.on(yarn).queue(queue).gang(members).register().ask(members);
      gang.beat();
      waiting.add(gang);
      sizes.add(members);
    }
    List<TestAm> unfinished = new ArrayList<>(waiting);
    Eventually.await(
        Duration.ofSeconds(60),
        () -> "all finish, but %d do not".formatted(unfinished.size()),
        () -> {
          for (TestAm gang : List.copyOf(unfinished)) {
            gang.beat();
            if (!gang.held().isEmpty()) {
              assertThat(gang.deliveries()).containsExactly(sizes.get(waiting.indexOf(gang)));
              gang.finish();
              unfinished.remove(gang);
            }
          }
          return unfinished.isEmpty();
        });
    yarn.assertBooksAreExact();
  }

  @Test
  void theRolesOfAGangStartTogether() {
    TestAm holder = holding(5);
    TestAm gang = TestAm.on(yarn).gang(8).register();
    gang.ask(1, 2, 64, 1, 1).ask(2, 6, 128, 2, 1);
    gang.receivesNothingFor(A_WHILE);
    holder.release(1).beat();
    gang.awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(8);
    assertThat(gang.held()).filteredOn(member -> priority(member) == 1).hasSize(2);
    assertThat(gang.held()).filteredOn(member -> priority(member) == 2).hasSize(6);
  }

  @Test
  void asksThatComeInPiecesWaitUntilTheGangIsComplete() {
    TestAm gang = TestAm.on(yarn).gang(8).register();
    gang.ask(1, 3, 64, 1, 1).awaitReason("WAITING_FOR_ASKS");
    gang.ask(2, 4, 64, 1, 1).receivesNothingFor(A_WHILE);
    gang.ask(3, 1, 64, 1, 1).awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(8);
  }

  @Test
  void aGangOfWideMembersTakesWholeNodes() {
    TestAm gang = TestAm.on(yarn).gang(3).register().ask(1, 3, 256, 4, 4);
    gang.awaitHeld(3);
    assertThat(gang.deliveries()).containsExactly(3);
    assertThat(yarn.nodes()).allMatch(node -> gang.heldOn(node) == 1);
    assertThat(yarn.books().freeGpus()).isZero();
  }

  @Test
  void aTagDeclaresAGangToo() {
    holding(6);
    TestAm gang = TestAm.on(yarn).tag("gpu.gang=8").register().ask(8);
    gang.receivesNothingFor(A_WHILE);
    assertThat(gang.reason()).isEqualTo("NOT_ENOUGH_FREE_GPUS");
  }

  @Test
  void aGangThatWaitsTooLongEndsWithTheReasonAndItsHistory() {
    holding(6);
    TestAm gang = TestAm.on(yarn).gang(8).property("GPU_GANG_TIMEOUT", "3").register().ask(8);
    gang.awaitReason("NOT_ENOUGH_FREE_GPUS");
    Eventually.await(Duration.ofSeconds(10), () -> "the gang ends", () -> yarn.hasEnded(gang.id()));
    assertThat(yarn.report(gang.id()).getYarnApplicationState())
        .isEqualTo(YarnApplicationState.KILLED);
    assertThat(yarn.diagnostics(gang.id()))
        .contains("TIMED_OUT: a gang of 8 ")
        .contains("NOT_ENOUGH_FREE_GPUS: ");
    yarn.assertBooksAreExact();
  }

  @Test
  void aGangThatHasStartedIsNotEndedByItsTimeout() {
    TestAm gang = TestAm.on(yarn).gang(8).property("GPU_GANG_TIMEOUT", "2").register().ask(8);
    gang.awaitHeld(8);
    gang.receivesNothingFor(Duration.ofSeconds(4));
    assertThat(yarn.hasEnded(gang.id())).isFalse();
    assertThat(gang.completed()).isEmpty();
  }

  @Test
  void aWideGangStartsAlthoughSmallJobsKeepComing() {
    Deque<TestAm> running = new ArrayDeque<>();
    for (int i = 0; i < 12; i++) {
      running.add(holding(1));
    }
    TestAm gang = TestAm.on(yarn).gang(12).register().ask(12);
    gang.beat();
    List<TestAm> small = new ArrayList<>();
    Eventually.await(
        Duration.ofSeconds(60),
        () ->
            "the gang starts; %d small jobs run, %d wait, %s"
                .formatted(running.size(), small.size(), gang.diagnostics()),
        () -> {
          TestAm next = TestAm.on(yarn).register().ask(1);
          next.beat();
          small.add(next);
          for (TestAm job : List.copyOf(small)) {
            job.beat();
            if (!job.held().isEmpty()) {
              small.remove(job);
              running.add(job);
            }
          }
          if (!running.isEmpty()) {
            running.remove().finish();
          }
          return !gang.beat().isEmpty();
        });
    assertThat(gang.deliveries()).containsExactly(12);
  }

  @Test
  void aLaterJobIsToldThatFreeGpusAreHeldForAnEarlierGang() {
    holding(6);
    TestAm gang = TestAm.on(yarn).gang(12).register().ask(12);
    gang.awaitReason("NOT_ENOUGH_FREE_GPUS");
    TestAm later = TestAm.on(yarn).register().ask(1);
    later.awaitReason("HELD_BY_RESERVATION");
    later.receivesNothingFor(A_WHILE);
  }

  @Test
  void gpusWithoutADeclarationArePlacedOneByOne() {
    TestAm holder = holding(10);
    TestAm undeclared = TestAm.on(yarn).register().ask(4);
    undeclared.awaitHeld(2);
    undeclared.receivesNothingFor(A_WHILE);
    assertThat(undeclared.reason()).isEqualTo("NOT_ENOUGH_FREE_GPUS");
    holder.release(2).beat();
    undeclared.awaitHeld(4);
    yarn.assertBooksAreExact();
  }

  @Test
  void aJobWithoutGpusDoesNotWaitForGangs() {
    holding(6);
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8);
    gang.awaitReason("NOT_ENOUGH_FREE_GPUS");
    TestAm plain = TestAm.on(yarn).register().ask(1, 20, 64, 1, 0);
    plain.awaitHeld(20);
    gang.receivesNothingFor(A_WHILE);
  }

  @Test
  void rolesWithoutGpusAreNotPartOfTheGang() {
    holding(6);
    TestAm gang = TestAm.on(yarn).gang(8).register();
    gang.ask(1, 8, 64, 1, 1).ask(2, 3, 64, 1, 0);
    gang.awaitHeld(3);
    gang.receivesNothingFor(A_WHILE);
    assertThat(gang.held()).allMatch(member -> priority(member) == 2);
  }

  @Test
  void anAppMasterWithAGpuIsNoMemberOfItsGang() {
    TestAm gang = TestAm.on(yarn).gang(8).managed(TestAm.size(64, 1, 1)).register();
    holding(4);
    gang.ask(8).receivesNothingFor(A_WHILE);
    assertThat(yarn.books().usedGpus()).isEqualTo(5);
    assertThat(gang.reason()).isEqualTo("NOT_ENOUGH_FREE_GPUS");
  }

  @Test
  void asksThatAreWithdrawnWhileTheGangWaitsLeaveNothingBehind() {
    TestAm holder = holding(6);
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8);
    gang.awaitReason("NOT_ENOUGH_FREE_GPUS");
    gang.ask(0).beat();
    holder.releaseAll().beat();
    gang.receivesNothingFor(A_WHILE);
    TestAm next = TestAm.on(yarn).gang(12).register().ask(12).awaitHeld(12);
    assertThat(next.deliveries()).containsExactly(12);
    next.finish();
    gang.ask(8).awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(8);
  }

  @Test
  void asksBeyondTheGangFollowWhenTheyFit() {
    TestAm holder = holding(3);
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(12).awaitHeld(9);
    assertThat(gang.deliveries().get(0)).isGreaterThanOrEqualTo(8);
    holder.finish();
    gang.awaitHeld(12);
    yarn.assertBooksAreExact();
  }

  private static TestAm holding(int gpus) {
    return TestAm.on(yarn).register().ask(gpus).awaitHeld(gpus);
  }

  private static int priority(Container member) {
    return member.getPriority().getPriority();
  }
}
