package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/**
 * CapacityScheduler's limits, on whole gangs. Four nodes of four GPUs, one of them alone in the
 * exclusive partition "fast" of root.a; root.b may use half of the others, and in root.a a user may
 * go over half of them only once.
 */
class LimitsIT {
  private static final Duration A_WHILE = Duration.ofSeconds(1);
  private static LocalYarn yarn;
  private static NodeId fast;

  @BeforeAll
  static void start(@TempDir Path folder) {
    yarn =
        LocalYarn.of(4, 4)
            .with("root.a.user-limit-factor", "1")
            .with("root.b.maximum-capacity", "50")
            .labels(folder)
            .with("yarn.scheduler.capacity.root.accessible-node-labels", "fast")
            .with("yarn.scheduler.capacity.root.accessible-node-labels.fast.capacity", "100")
            .with("root.a.accessible-node-labels", "fast")
            .with("root.a.accessible-node-labels.fast.capacity", "100")
            .with("root.b.accessible-node-labels.fast.capacity", "0")
            .with("yarn.cluster.max-application-priority", "10")
            .with("yarn.scheduler.gpu.policy", "priority")
            .start();
    fast = yarn.nodes().get(0);
    yarn.label("fast", fast);
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
  void aGangThatWouldExceedTheQueueMaximumWaitsAsAWhole() {
    TestAm holder = TestAm.on(yarn).queue("root.b").register().ask(4).awaitHeld(4);
    TestAm gang = TestAm.on(yarn).queue("root.b").gang(4).register().ask(4);
    gang.awaitReason("QUEUE_AT_MAXIMUM").receivesNothingFor(A_WHILE);
    holder.release(2).beat();
    gang.awaitHeld(4);
    assertThat(gang.deliveries()).containsExactly(4);
    yarn.assertBooksAreExact();
  }

  @Test
  void theGangOfAUserAboveHisLimitWaitsAndAnotherUsersStarts() {
    TestAm first = TestAm.on(yarn).user("alice").gang(7).register().ask(7).awaitHeld(7);
    TestAm second = TestAm.on(yarn).user("alice").gang(2).register().ask(2);
    second.awaitReason("USER_AT_LIMIT").receivesNothingFor(A_WHILE);
    TestAm other = TestAm.on(yarn).user("bob").gang(3).register().ask(3).awaitHeld(3);
    assertThat(other.deliveries()).containsExactly(3);
    first.finish();
    second.awaitHeld(2);
    assertThat(second.deliveries()).containsExactly(2);
  }

  @Test
  void aGangUnderALabelRunsOnItsNodesOnly() {
    TestAm gang = TestAm.on(yarn).gang(4).register().askUnder("fast", 4).awaitHeld(4);
    assertThat(gang.heldOn(fast)).isEqualTo(4);
    TestAm next = TestAm.on(yarn).gang(2).register().askUnder("fast", 2);
    next.awaitReason("NOT_ENOUGH_FREE_GPUS").receivesNothingFor(A_WHILE);
    gang.finish();
    next.awaitHeld(2);
    assertThat(next.deliveries()).containsExactly(2);
  }

  @Test
  void aGangWithoutALabelStaysOffAnExclusivePartition() {
    TestAm gang = TestAm.on(yarn).gang(12).register().ask(12).awaitHeld(12);
    assertThat(gang.deliveries()).containsExactly(12);
    assertThat(gang.heldOn(fast)).isZero();
    TestAm next = TestAm.on(yarn).user("bob").gang(1).register().ask(1);
    next.receivesNothingFor(A_WHILE);
    yarn.assertBooksAreExact();
  }

  @Test
  void aGangKeepsOffNodesThatItsAppMasterExcludes() {
    NodeId excluded = yarn.nodes().get(1);
    TestAm gang = TestAm.on(yarn).gang(8).register();
    gang.exclude(excluded.toString()).beat();
    gang.ask(8).awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(8);
    assertThat(gang.heldOn(excluded)).isZero();
  }

  @Test
  void aGangThatExcludesTooManyNodesWaitsUntilItTakesOneBack() {
    TestAm gang = TestAm.on(yarn).gang(8).register();
    NodeId first = yarn.nodes().get(1);
    gang.exclude(first.toString()).exclude(yarn.nodes().get(2).toString()).beat();
    gang.ask(8).awaitReason("EXCLUDED_BY_JOB").receivesNothingFor(A_WHILE);
    gang.include(first.toString()).awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(8);
  }

  @Test
  void aWaitingGangThatIsMovedStartsInItsNewQueue() throws YarnException, IOException {
    TestAm holder = TestAm.on(yarn).queue("root.b").register().ask(4).awaitHeld(4);
    TestAm gang = TestAm.on(yarn).queue("root.b").gang(4).register().ask(4);
    gang.awaitReason("QUEUE_AT_MAXIMUM");
    yarn.yarnClient().moveApplicationAcrossQueues(gang.id(), "root.a");
    gang.awaitHeld(4);
    assertThat(gang.deliveries()).containsExactly(4);
    assertThat(yarn.books().queues()).containsEntry("root.a", 4).containsEntry("root.b", 4);
    holder.finish();
    yarn.assertBooksAreExact();
  }

  @Test
  void aRunningGangThatIsMovedTakesItsGpusAlong() throws YarnException, IOException {
    TestAm gang = TestAm.on(yarn).queue("root.b").gang(4).register().ask(4).awaitHeld(4);
    yarn.yarnClient().moveApplicationAcrossQueues(gang.id(), "root.a");
    yarn.assertBooksAreExact();
    assertThat(yarn.books().queues()).containsEntry("root.a", 4).containsEntry("root.b", 0);
    gang.release(1).beat();
    gang.ask(1).awaitHeld(4);
    yarn.assertBooksAreExact();
  }

  @Test
  void aRaisedPriorityGoesAheadOfThoseThatWaitLonger() throws YarnException, IOException {
    TestAm running = TestAm.on(yarn).user("u1").gang(8).register().ask(8).awaitHeld(8);
    TestAm reserved = TestAm.on(yarn).user("u2").gang(8).register().ask(8);
    reserved.awaitReason("NOT_ENOUGH_FREE_GPUS");
    TestAm older = TestAm.on(yarn).user("u3").gang(8).register().ask(8);
    older.awaitReason("NOT_ENOUGH_FREE_GPUS");
    TestAm younger = TestAm.on(yarn).user("u4").gang(8).register().ask(8);
    younger.awaitReason("NOT_ENOUGH_FREE_GPUS");
    Priority unused =
        yarn.yarnClient().updateApplicationPriority(younger.id(), Priority.newInstance(5));
    running.finish();
    TestAm next = reserved.awaitHeld(8);
    next.finish();
    younger.awaitHeld(8);
    older.receivesNothingFor(A_WHILE);
    younger.finish();
    older.awaitHeld(8);
  }

  @Test
  void aRaisedMaximumLetsAWaitingGangStart() throws IOException {
    TestAm holder = TestAm.on(yarn).queue("root.b").register().ask(4).awaitHeld(4);
    TestAm gang = TestAm.on(yarn).queue("root.b").gang(6).register().ask(6);
    gang.awaitReason("QUEUE_AT_MAXIMUM");
    yarn.refreshQueues(ImmutableMap.of("root.b.maximum-capacity", "100"));
    try {
      gang.awaitHeld(6);
      assertThat(gang.deliveries()).containsExactly(6);
      holder.finish();
      gang.finish();
    } finally {
      yarn.refreshQueues(ImmutableMap.of("root.b.maximum-capacity", "50"));
    }
    yarn.assertBooksAreExact();
  }
}
