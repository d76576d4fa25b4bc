package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import org.apache.hadoop.yarn.api.records.NodeAttribute;
import org.apache.hadoop.yarn.api.records.NodeAttributeType;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.nodelabels.NodeAttributesManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.ModelRun;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.PastRuns;
import org.yarngpu.testing.TestAm;

/**
 * GPU models on a real ResourceManager: two nodes of four GPUs each whose models stand in node
 * attributes, and one under label h100, where root.b may use half and nothing elsewhere.
 */
class ModelIT {
  private static final Duration A_WHILE = Duration.ofSeconds(1);

  private static LocalYarn yarn;
  private static NodeId a100;
  private static NodeId v100;
  private static NodeId h100;

  @BeforeAll
  static void start(@TempDir Path folder, @TempDir Path history) throws Exception {
    learn(history);
    yarn =
        LocalYarn.of(3, 4)
            .labels(folder)
            .with("yarn.scheduler.gpu.history.dir", history.toUri().toString())
            .with("root.a.capacity", "100")
            .with("root.b.capacity", "0")
            .with("root.b.maximum-capacity", "0")
            .with("yarn.scheduler.capacity.root.accessible-node-labels", "h100")
            .with("yarn.scheduler.capacity.root.accessible-node-labels.h100.capacity", "100")
            .with("root.a.accessible-node-labels", "h100")
            .with("root.a.accessible-node-labels.h100.capacity", "50")
            .with("root.a.accessible-node-labels.h100.maximum-capacity", "100")
            .with("root.b.accessible-node-labels", "h100")
            .with("root.b.accessible-node-labels.h100.capacity", "50")
            .with("root.b.accessible-node-labels.h100.maximum-capacity", "50")
            .start();
    a100 = yarn.nodes().get(0);
    v100 = yarn.nodes().get(1);
    h100 = yarn.nodes().get(2);
    yarn.label("h100", h100);
    attribute(a100, "NVIDIA-A100-SXM4-80GB");
    attribute(v100, "V100");
  }

  /** Eve's gang of four has run two days where it was fast, and twenty on a V100. */
  private static void learn(Path folder) {
    JobIdentity job = new JobIdentity("eve", "resnet", "", "root.a", 4, OptionalDouble.empty());
    try (PastRuns history = new PastRuns(folder)) {
      for (int run = 0; run < 8; run++) {
        history.add(
            job,
            172_800,
            run < 5 ? Optional.empty() : Optional.of(new ModelRun("v100", 1_728_000)));
      }
    }
  }

  /**
   * What YARN gives to its scheduler when an attribute changes. YARN keys attributes by host, and
   * all nodes here are on one.
   */
  private static void attribute(NodeId node, String model) {
    yarn.scheduler()
        .getNode(node)
        .updateNodeAttributes(ImmutableSet.of(model(NodeAttribute.PREFIX_DISTRIBUTED, model)));
  }

  private static NodeAttribute model(String prefix, String name) {
    return NodeAttribute.newInstance(prefix, "gpu-model", NodeAttributeType.STRING, name);
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
  }

  private static TestAm.Submission typed(int members, String types) {
    return TestAm.on(yarn).gang(members).tag("gpu.gang.gpus=1").tag("gpu.type=" + types);
  }

  @Test
  void aGangLandsOnTheModelItNamesAndWaitsForItAlone() {
    TestAm first = typed(2, "v100").register().ask(2).awaitHeld(2);
    assertThat(first.heldOn(v100)).isEqualTo(2);
    TestAm second = typed(4, "v100").register().ask(4);
    second.awaitReason("NOT_ENOUGH_FREE_GPUS").receivesNothingFor(A_WHILE);
    assertThat(second.diagnostics()).contains("free are 2 of 4 of v100, at most 2 on one node");
    first.finish();
    second.awaitHeld(4);
    assertThat(second.heldOn(v100)).isEqualTo(4);
    yarn.assertBooksAreExact();
  }

  @Test
  void aGangThatAcceptsASecondModelFallsBackToIt() {
    TestAm first = typed(3, "a100+v100").register().ask(3).awaitHeld(3);
    assertThat(first.heldOn(a100)).isEqualTo(3);
    TestAm second = typed(3, "a100+v100").tag("gpu.kind=inference").register().ask(3).awaitHeld(3);
    assertThat(second.heldOn(v100)).isEqualTo(3);
    assertThat(second.deliveries()).containsExactly(3);
  }

  @Test
  void aMemberThatIsAskedForLaterStaysOnTheModelOfTheOthers() {
    TestAm gang = typed(2, "v100+a100").register().ask(2).awaitHeld(2);
    assertThat(gang.heldOn(v100)).isEqualTo(2);
    gang.ask(1).awaitHeld(3);
    assertThat(gang.heldOn(v100)).isEqualTo(3);
  }

  @Test
  void aModelThatNoNodeHasIsRefusedAtTheSubmission() {
    assertThat(typed(2, "a10").refused())
        .contains("NO_NODE_OF_MODEL: no known node in the default partition is of model a10")
        .contains("there are nvidia-a100-sxm4-80gb, v100");
    assertThat(typed(2, "h100").refused())
        .contains("NO_NODE_OF_MODEL: ")
        .contains("such nodes under label h100");
  }

  @Test
  void aLabelIsAModelWhereNoAttributeSaysMore() {
    TestAm gang = typed(2, "h100").label("h100").register().askUnder("h100", 2).awaitHeld(2);
    assertThat(gang.heldOn(h100)).isEqualTo(2);
    assertThat(typed(2, "a100").label("h100").refused())
        .contains("no known node under label h100 is of model a100; there are h100");
  }

  @Test
  void aQueueIsHeldToItsShareOfAModel() {
    TestAm first =
        TestAm.on(yarn).queue("root.b").gang(2).label("h100").register().askUnder("h100", 2);
    first.awaitHeld(2);
    TestAm second =
        TestAm.on(yarn).queue("root.b").gang(1).label("h100").register().askUnder("h100", 1);
    second.awaitReason("QUEUE_AT_MAXIMUM").receivesNothingFor(A_WHILE);
    assertThat(TestAm.on(yarn).queue("root.b").gang(3).label("h100").refused())
        .contains("ABOVE_QUEUE_MAXIMUM: a gang of 3 ")
        .contains("root.b under label h100 is 2 GPUs");
    assertThat(TestAm.on(yarn).queue("root.b").gang(1).refused())
        .contains("ABOVE_QUEUE_MAXIMUM: ")
        .contains("root.b in the default partition is 0 GPUs");
    first.finish();
    second.awaitHeld(1);
    assertThat(second.heldOn(h100)).isEqualTo(1);
  }

  @Test
  void aLongGangWaitsForTheFasterModelThatIsExpectedSoon() throws IOException {
    String speeds = "yarn.scheduler.gpu.model.speeds";
    yarn.refreshQueues(ImmutableMap.of(speeds, "a100=1,v100=0.5"));
    try {
      TestAm holder = typed(4, "a100").property("GPU_RUNTIME", "1m").register().ask(4).awaitHeld(4);
      TestAm gang = typed(4, "a100+v100").property("GPU_RUNTIME", "2d").register().ask(4);
      gang.awaitReason("PREFERRED_MODEL_BUSY").receivesNothingFor(A_WHILE);
      assertThat(gang.diagnostics())
          .contains("would fit on v100 now")
          .contains("v100 has 0.50 of its speed. Expected start: ");
      holder.finish();
      gang.awaitHeld(4);
      assertThat(gang.heldOn(a100)).isEqualTo(4);
    } finally {
      yarn.refreshQueues(ImmutableMap.of(speeds, ""));
    }
  }

  /** The admin's half counts three times, the tenth that was seen three times too. */
  @Test
  void howFastAModelIsIsLearnedFromLikeJobs() throws IOException {
    String speeds = "yarn.scheduler.gpu.model.speeds";
    yarn.refreshQueues(ImmutableMap.of(speeds, "a100=1,v100=0.5"));
    try {
      typed(4, "a100").property("GPU_RUNTIME", "1m").register().ask(4).awaitHeld(4);
      TestAm gang = typed(4, "a100+v100").user("eve").name("resnet").register().ask(4);
      gang.awaitReason("PREFERRED_MODEL_BUSY");
      assertThat(gang.diagnostics()).contains("v100 has 0.30 of its speed");
    } finally {
      yarn.refreshQueues(ImmutableMap.of(speeds, ""));
    }
  }

  /** Through YARN's own manager, as {@code yarn nodeattributes} does: for all nodes of the host. */
  @Test
  void whatAnAdminMapsGoesBeforeWhatANodeSays() throws IOException {
    NodeAttributesManager manager = yarn.rm().getRMContext().getNodeAttributesManager();
    ImmutableMap<String, Set<NodeAttribute>> both =
        ImmutableMap.of(
            v100.getHost(),
            ImmutableSet.of(
                model(NodeAttribute.PREFIX_DISTRIBUTED, "V100"),
                model(NodeAttribute.PREFIX_CENTRALIZED, "T4")));
    manager.addNodeAttributes(both);
    yarn.scheduler().getNode(a100).updateNodeAttributes(ImmutableSet.of());
    yarn.scheduler().getNode(v100).updateNodeAttributes(ImmutableSet.of());
    try {
      typed(2, "t4").register().ask(2).awaitHeld(2).finish();
      assertThat(typed(2, "v100").refused()).contains("there are t4");
    } finally {
      manager.removeNodeAttributes(both);
      attribute(a100, "NVIDIA-A100-SXM4-80GB");
      attribute(v100, "V100");
    }
  }
}
