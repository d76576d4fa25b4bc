package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;
import org.yarngpu.testing.TestRequests;

/** What is refused, when, and in which words. Three nodes of four GPUs; root.b up to half. */
class RefusalIT {
  private static LocalYarn yarn;

  @BeforeAll
  static void start(@TempDir Path folder) {
    yarn =
        LocalYarn.of(3, 4)
            .with("root.b.maximum-capacity", "50")
            .labels(folder)
            .with("yarn.scheduler.capacity.root.accessible-node-labels", "empty")
            .with("yarn.scheduler.capacity.root.accessible-node-labels.empty.capacity", "100")
            .with("root.a.accessible-node-labels", "empty")
            .with("root.a.accessible-node-labels.empty.capacity", "100")
            .with("root.b.accessible-node-labels.empty.capacity", "0")
            .with("yarn.resourcemanager.placement-constraints.handler", "scheduler")
            .start();
    yarn.label("empty");
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
  void aGangLargerThanTheClusterIsRefusedAtItsSubmission() {
    assertThat(declared(13, 1).refused())
        .contains("LARGER_THAN_CLUSTER: a gang of 13 ")
        .contains("would fit has 12");
  }

  @Test
  void aGangThatFitsByItsSumButNotOnTheNodesIsRefusedWithTheLargestThatFits() {
    assertThat(declared(4, 3).refused())
        .contains("LARGER_THAN_CLUSTER: a gang of 4 ")
        .contains("would fit has 3");
  }

  @Test
  void aGangAboveTheMaximumOfItsQueueIsRefusedAtItsSubmission() {
    assertThat(declared(8, 1).queue("root.b").refused())
        .contains("ABOVE_QUEUE_MAXIMUM: a gang of 8 ")
        .contains("root.b")
        .contains("would fit has 6");
  }

  @Test
  void aMemberLargerThanAnyNodeIsRefusedAtItsSubmission() {
    assertThat(declared(2, 5).refused())
        .contains("LARGER_THAN_ANY_NODE: a member needs 5 GPUs")
        .contains("4 GPUs");
  }

  @Test
  void aGangUnderALabelWithoutNodesIsRefusedAtItsSubmission() {
    assertThat(declared(2, 1).label("empty").refused())
        .contains("NO_NODE_IN_PARTITION: ")
        .contains("empty");
  }

  @Test
  void aGangWhoseAsksMakeItLargerThanTheClusterEndsWithTheReason() {
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(1, 8, 64, 1, 2);
    assertThat(endOf(gang))
        .contains("LARGER_THAN_CLUSTER: a gang of 8 needs 16 GPUs")
        .contains("would fit has 6");
  }

  @Test
  void aGangWhoseAsksAreAboveTheQueueMaximumEndsWithTheReason() {
    TestAm gang = TestAm.on(yarn).gang(4).queue("root.b").register().ask(1, 4, 64, 1, 2);
    assertThat(endOf(gang)).contains("ABOVE_QUEUE_MAXIMUM: a gang of 4 needs 8 GPUs");
  }

  @Test
  void aWrongTagIsRefusedWithNameValueAndWhatIsAccepted() {
    assertThat(TestAm.on(yarn).tag("gpu.gang=eight").refused())
        .contains("BAD_DECLARATION: gpu.gang")
        .contains("eight")
        .contains("a whole number from 1 to");
  }

  @Test
  void anUnknownTagIsRefusedWithTheNearestName() {
    assertThat(TestAm.on(yarn).tag("gpu.gnag=8").refused())
        .contains("BAD_DECLARATION: gpu.gnag")
        .contains("Maybe gpu.gang was meant");
  }

  @Test
  void aWrongPropertyIsRefused() {
    assertThat(TestAm.on(yarn).property("GPU_GANG_TIMEOUT", "soon").refused())
        .contains("BAD_DECLARATION: ")
        .contains("soon");
  }

  @Test
  void aSchedulingRequestWithAGpuIsRefusedWithTheReason() {
    TestAm am = TestAm.on(yarn).register();
    am.ask(TestRequests.schedulingRequest(7, TestAm.size(64, 1, 1)));
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "the request is refused",
        () -> {
          am.beat();
          return !am.rejected().isEmpty();
        });
    am.awaitReason("UNSUPPORTED_ASK");
    assertThat(am.held()).isEmpty();
  }

  @Test
  void aSchedulingRequestWithoutAGpuIsServed() {
    TestAm am = TestAm.on(yarn).register();
    am.ask(TestRequests.schedulingRequest(7, TestAm.size(64, 1, 0))).awaitHeld(1);
    assertThat(am.rejected()).isEmpty();
  }

  @Test
  void aWrongSettingInARefreshChangesNothing() {
    assertThatThrownBy(
            () ->
                yarn.refreshQueues(
                    ImmutableMap.of(
                        "yarn.scheduler.gpu.cycle.period-min-ms",
                        "5",
                        "root.b.maximum-capacity",
                        "100")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("yarn.scheduler.gpu.cycle.period-min-ms is \"5\" but must be")
        .hasMessageContaining("[10, 60000]");
    assertThat(declared(8, 1).queue("root.b").refused()).contains("ABOVE_QUEUE_MAXIMUM");
  }

  @Test
  void aWrongQueueFileInARefreshChangesNothing() throws IOException {
    assertThatThrownBy(
            () ->
                yarn.refreshQueues(
                    ImmutableMap.of(
                        "yarn.scheduler.gpu.admit.settle-ms", "3600000", "root.b.capacity", "70")))
        .isInstanceOf(IOException.class);
    assertThat(declared(13, 1).refused()).contains("would fit has 12");
  }

  private static TestAm.Submission declared(int members, int gpus) {
    return TestAm.on(yarn).gang(members).property("GPU_GANG_GPUS", Integer.toString(gpus));
  }

  private static String endOf(TestAm gang) {
    gang.beat();
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "the gang ends; " + gang.diagnostics(),
        () -> yarn.hasEnded(gang.id()));
    return gang.diagnostics();
  }
}
