package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** What becomes of a running gang that loses members. Three nodes of four GPUs. */
class NodeLossIT {
  private static final Duration A_WHILE = Duration.ofSeconds(1);
  private static LocalYarn yarn;

  @BeforeAll
  static void start() {
    yarn = LocalYarn.of(3, 4).with("yarn.scheduler.gpu.gang.degraded-timeout-ms", "4000").start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
    yarn.awaitNodes(3);
  }

  @Test
  void theReplacementsOfALostNodesMembersComeTogether() {
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8).awaitHeld(8);
    NodeId lost = gang.held().get(0).getNodeId();
    int members = gang.heldOn(lost);
    gang.forgetDeliveries();
    yarn.expire(lost);
    awaitLost(gang, members);
    gang.ask(members).awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(members);
    yarn.assertBooksAreExact();
  }

  @Test
  void replacementsThatFitOnlyInPartWaitForEachOther() {
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8).awaitHeld(8);
    TestAm others = TestAm.on(yarn).register().ask(7);
    others.awaitHeld(4);
    gang.forgetDeliveries();
    gang.release(4).beat();
    others.awaitHeld(7);
    gang.ask(4).receivesNothingFor(A_WHILE);
    others.release(2).beat();
    gang.receivesNothingFor(A_WHILE);
    others.release(1).beat();
    gang.awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(4);
    yarn.assertBooksAreExact();
  }

  @Test
  void replacementsGoAheadOfGangsThatWaitForTheirFirstStart() {
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8).awaitHeld(8);
    TestAm waiting = TestAm.on(yarn).gang(8).register().ask(8);
    waiting.awaitReason("NOT_ENOUGH_FREE_GPUS");
    gang.forgetDeliveries();
    gang.release(2).ask(2).awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(2);
    waiting.receivesNothingFor(A_WHILE);
  }

  @Test
  void aGangBelowItsMinimumForTooLongEndsWithTheReason() {
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8).awaitHeld(8);
    NodeId lost = gang.held().get(0).getNodeId();
    yarn.expire(lost);
    Eventually.await(
        Duration.ofSeconds(20),
        () -> "the gang ends; " + yarn.report(gang.id()),
        () -> yarn.hasEnded(gang.id()));
    assertThat(yarn.diagnostics(gang.id())).contains("BELOW_MINIMUM: the gang of 8 ");
    yarn.assertBooksAreExact();
  }

  @Test
  void membersThatSucceedAreNotLost() {
    TestAm gang = TestAm.on(yarn).gang(4).register().ask(4).awaitHeld(4);
    gang.start(gang.held().subList(0, 3), "exec true");
    awaitLost(gang, 3);
    assertThat(gang.completed()).allMatch(status -> status.getExitStatus() == 0);
    gang.receivesNothingFor(Duration.ofSeconds(6));
    assertThat(yarn.hasEnded(gang.id())).isFalse();
  }

  @Test
  void membersThatTheApplicationMasterGivesBackAreNotLost() {
    TestAm gang = TestAm.on(yarn).gang(4).register().ask(4).awaitHeld(4);
    gang.release(2).beat();
    gang.receivesNothingFor(Duration.ofSeconds(6));
    assertThat(yarn.hasEnded(gang.id())).isFalse();
    gang.forgetDeliveries();
    gang.ask(2).awaitHeld(4);
    assertThat(gang.deliveries()).containsExactly(2);
  }

  @Test
  void aWaitingGangOutlivesTheLossOfANode() {
    TestAm holder = TestAm.on(yarn).register().ask(6).awaitHeld(6);
    TestAm gang = TestAm.on(yarn).gang(12).register().ask(12);
    gang.awaitReason("NOT_ENOUGH_FREE_GPUS");
    yarn.expire(yarn.nodes().get(0));
    gang.receivesNothingFor(A_WHILE);
    assertThat(yarn.hasEnded(gang.id())).isFalse();
    holder.finish();
    gang.awaitHeld(12);
    assertThat(gang.deliveries()).containsExactly(12);
  }

  private static void awaitLost(TestAm gang, int members) {
    Eventually.await(
        Duration.ofSeconds(20),
        () -> "%d members are lost, of %s".formatted(members, gang.completed()),
        () -> {
          gang.beat();
          return gang.completed().size() >= members;
        });
    assertThat(gang.completed()).hasSize(members);
  }
}
