package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.testing.Gangs;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Plans;

/** The sentences that users read, with their numbers. */
class RejectionTextTest {
  private static final String BUSY =
      """
      n1 a a . .
      n2 a a a .
      n3@big . .
      """;

  private static String textOf(ClusterSnapshot snapshot, String gang) {
    return Plans.rejectionOf(Planner.priority().plan(snapshot), gang).toString();
  }

  private static String text(Gangs gang) {
    return textOf(Picture.of(BUSY).with(gang.build()), "b");
  }

  private static Gangs b() {
    return gang("b");
  }

  @Test
  void eachReasonShowsItsNumbers() {
    assertThat(text(b().members(2, 2)))
        .isEqualTo(
            "NOT_ENOUGH_FREE_GPUS: a gang of 2 needs 4 GPUs together, free are 3 of 8 in the"
                + " default partition, at most 2 on one node.");
    assertThat(text(b().members(1, 3)))
        .isEqualTo(
            "FRAGMENTED: a member needs 3 GPUs together, free are 3 of 8 in the default partition,"
                + " at most 2 on one node.");
    assertThat(text(b().members(1, new Resources(2_500, 1, 1), Locality.ANYWHERE)))
        .isEqualTo(
            "OTHER_RESOURCE_SHORT: a member needs 1 GPU together, free are 3 of 8 in the default"
                + " partition, at most 2 on one node; memory or vcores are short where the GPUs are"
                + " free.");
    assertThat(text(b().members(1, 1).excludes("n1", "n2")))
        .isEqualTo(
            "EXCLUDED_BY_JOB: a member needs 1 GPU together, free are 3 of 8 in the default"
                + " partition, at most 2 on one node; the job excludes too many hosts, or insists on"
                + " too few.");
    assertThat(text(b().label("huge").members(1, 1)))
        .isEqualTo("NO_NODE_IN_PARTITION: no known node with GPUs is under label huge.");
    assertThat(text(b().members(1, 5)))
        .isEqualTo(
            "LARGER_THAN_ANY_NODE: a member needs 5 GPUs, 5000 MiB, 5 vcores, but the largest node"
                + " in the default partition has 4 GPUs, 4000 MiB, 40 vcores.");
    assertThat(text(b().members(2, 3).members(1, 2)))
        .isEqualTo(
            "LARGER_THAN_CLUSTER: a gang of 3 needs 8 GPUs, 8000 MiB, 8 vcores together, but all"
                + " known nodes in the default partition have 8 GPUs, 8000 MiB, 80 vcores; of its"
                + " first role alone 2 would fit.");
    assertThat(text(b().members(2, 1).minimum(3)))
        .isEqualTo(
            "WAITING_FOR_ASKS: the application master has asked for 2 of the 3 members that start"
                + " together.");
    assertThat(text(b().members(1, 1).minimum(2).phase(Gang.Phase.REPLACING)))
        .isEqualTo(
            "REPLACEMENT_WAITING: the gang lost 2 members, and its application master has asked for"
                + " 1 of them.");
    assertThat(text(b().members(2, 1).submitted(-90_000).deadline(0)))
        .isEqualTo("TIMED_OUT: a gang of 2 did not start within gpu.gang.timeout: waited 90 s.");
  }

  @Test
  void whatIsHeldNamesItsHolder() {
    assertThat(
            textOf(
                Picture.of(BUSY)
                    .with(b().submitted(1).members(1, 1).build(), gang("c").members(4, 1).build()),
                "b"))
        .isEqualTo(
            "HELD_BY_RESERVATION: a member needs 1 GPU together, free are 3 of 8 in the default"
                + " partition, at most 2 on one node; 4 GPUs are held for c, which comes first.");
  }

  @Test
  void closedNodesAreNamedAsTheCause() {
    assertThat(textOf(Picture.of("n1 - - - -\nn2 . .").with(b().members(4, 1).build()), "b"))
        .isEqualTo(
            "NODES_UNHEALTHY: a gang of 4 needs 4 GPUs together, free are 2 of 2 in the default"
                + " partition, at most 2 on one node; nodes that it needs are lost, unhealthy or"
                + " busy.");
  }

  @Test
  void aQueueSaysItsMaximumAndWhatWouldFit() {
    assertThat(textOf(withMaximum(gpus(2), b().members(3, 1)), "b"))
        .isEqualTo(
            "ABOVE_QUEUE_MAXIMUM: a gang of 3 needs 3 GPUs, 3000 MiB, 3 vcores together, but the"
                + " maximum of queue root.a in the default partition is 2 GPUs, 2000 MiB, 20 vcores;"
                + " the largest gang of such members that would fit has 2.");
    assertThat(textOf(withMaximum(gpus(6), b().members(2, 1)), "b"))
        .isEqualTo(
            "QUEUE_AT_MAXIMUM: a gang of 2 needs 2 GPUs, 2000 MiB, 2 vcores together, but queue"
                + " root.a uses 5 GPUs, 5000 MiB, 50 vcores of its maximum 6 GPUs, 6000 MiB, 60"
                + " vcores in the default partition.");
  }

  private static Resources gpus(int count) {
    return new Resources(1000L * count, 10 * count, count);
  }

  /** The queue may use less than the cluster, and uses the five GPUs that are busy. */
  private static ClusterSnapshot withMaximum(Resources maximum, Gangs gang) {
    ClusterSnapshot snapshot = Picture.of(BUSY).with(gang.build());
    return new ClusterSnapshot(
        0,
        true,
        snapshot.nodes(),
        ImmutableMap.of(
            "root",
            snapshot.queues().get("root"),
            "root.a",
            new Queue(
                "root.a",
                "root",
                0,
                ImmutableMap.of("", new Queue.Share(maximum, maximum, gpus(5))))),
        snapshot.gangs(),
        ImmutableSortedMap.of());
  }
}
