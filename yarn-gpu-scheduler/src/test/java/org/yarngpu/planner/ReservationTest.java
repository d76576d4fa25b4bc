package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;
import static org.yarngpu.testing.Plans.rejectionOf;
import static org.yarngpu.testing.Plans.reservationIn;
import static org.yarngpu.testing.Plans.starts;

import com.google.common.collect.ImmutableSortedMap;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.testing.Picture;

class ReservationTest {
  private final Planner planner = Planner.priority();

  private static Resources gpus(int count) {
    return new Resources(1000L * count, count, count);
  }

  private static ImmutableSortedMap<String, Reservation> held(
      String gang, String partition, String node, Resources size) {
    return ImmutableSortedMap.of(
        partition,
        new Reservation(
            new GangId(gang), partition, ImmutableSortedMap.of(new NodeId(node), size)));
  }

  @Test
  void aReservationStaysWhereItIsFromCycleToCycle() {
    Gang head = gang("b").members(4, 1).build();
    Plan first = planner.plan(Picture.of("n1 a a . .\nn2 a a a a").with(head));
    assertThat(Picture.held(reservationIn(first, ""))).isEqualTo("n1 + + + +\n");
    Plan second =
        planner.plan(Picture.of("n1 a a . .\nn2 a a a a").with(first.reservations(), head));
    assertThat(second.reservations()).isEqualTo(first.reservations());
  }

  @Test
  void aReservationDoesNotMoveWhereAsManyGpusAreMissing() {
    ImmutableSortedMap<String, Reservation> before = held("b", "", "n2", gpus(4));
    Plan plan =
        planner.plan(
            Picture.of("n1 a a . .\nn2 a a . .").with(before, gang("b").members(1, 4).build()));
    assertThat(plan.reservations()).isEqualTo(before);
  }

  @Test
  void theReservedGangStartsOnWhatIsHeldAndTheReservationEnds() {
    Gang head = gang("b").members(4, 1).build();
    Plan plan = planner.plan(Picture.of("n1 . . . .").with(held("b", "", "n1", gpus(4)), head));
    assertThat(starts(plan, "b")).isTrue();
    assertThat(plan.reservations()).isEmpty();
  }

  @Test
  void aReservationEndsOnceALimitRefusesItsGang() {
    Plan plan =
        planner.plan(
            Picture.of("n1 a . . .")
                .with(
                    held("b", "", "n1", gpus(4)),
                    gang("b").members(4, 1).limit(new Rejection(Reason.USER_AT_LIMIT, "x")).build(),
                    gang("c").submitted(1).members(3, 1).build()));
    assertThat(plan.reservations()).isEmpty();
    assertThat(starts(plan, "c")).isTrue();
  }

  @Test
  void aReservationMovesOffANodeThatIsLostOrClosed() {
    Gang head = gang("b").members(4, 1).build();
    for (String without : new String[] {"n2 a a a .", "n1 - - - -\nn2 a a a ."}) {
      Plan plan = planner.plan(Picture.of(without).with(held("b", "", "n1", gpus(4)), head));
      assertThat(Picture.held(reservationIn(plan, ""))).isEqualTo("n2 + + + +\n");
    }
  }

  @Test
  void aReservationWhoseGangShrankLeavesTheNodesThatAreLost() {
    ImmutableSortedMap<String, Reservation> wide =
        ImmutableSortedMap.of(
            "",
            new Reservation(
                new GangId("b"),
                "",
                ImmutableSortedMap.of(new NodeId("n1"), gpus(4), new NodeId("n2"), gpus(4))));
    ClusterSnapshot snapshot = Picture.of("n2 a . . .").with(wide, gang("b").members(1, 4).build());
    Plan plan = planner.plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    assertThat(Picture.held(reservationIn(plan, ""))).isEqualTo("n2 + + + +\n");
  }

  @Test
  void aPartitionsReservationIsSafeFromGangsThatBeganInAnother() {
    Gang head = gang("b").label("big").members(1, 4).build();
    Gang other = gang("c").members(1, 1).label("big").members(1, 4).minimum(1).build();
    Gang rival = gang("d").label("big").priority(9).members(1, 4).build();
    ImmutableSortedMap<String, Reservation> before = held("b", "big", "n2", gpus(4));
    Plan plan =
        planner.plan(
            Picture.of(
                    """
                    n1 . .
                    n2@big a a a a
                    """)
                .with(before, head, other, rival));
    assertThat(starts(plan, "c")).isTrue();
    assertThat(plan.reservations()).isEqualTo(before);
  }

  @Test
  void twoReservationsNeverHoldTheSameGpus() {
    Gang one = gang("b").members(1, 2).label("big").members(1, 4).build();
    Gang two = gang("c").label("big").members(1, 4).build();
    Plan plan =
        planner.plan(
            Picture.of(
                    """
                    n1 a a
                    n2@big a a a a
                    """)
                .with(one, two));
    assertThat(plan.reservations().keySet()).containsExactly("");
    Plan last =
        planner.plan(
            Picture.of(
                    """
                    n1 . .
                    n2@big . . . .
                    """)
                .with(plan.reservations(), one, two));
    assertThat(starts(last, "b")).isTrue();
  }

  @Test
  void freeGpusWithoutMemoryAreNoStepTowardsAStart() {
    Gang head = gang("b").members(1, new Resources(4_000, 1, 4), Locality.ANYWHERE).build();
    ClusterSnapshot full = Picture.of("n1 . . . .\nn2 a a a a").with(head);
    // Something without a GPU took all the memory of n1, and may run for ever.
    ClusterSnapshot snapshot = withFree(full, "n1", new Resources(100, 4, 4));
    Plan first = planner.plan(snapshot);
    ClusterSnapshot later =
        withFree(
            Picture.of("n1 . . . .\nn2 a . . .").with(first.reservations(), head),
            "n1",
            new Resources(100, 4, 4));
    Plan second = planner.plan(later);
    assertThat(Picture.held(reservationIn(second, ""))).isEqualTo("n2 + + + +\n");
    assertThat(rejectionOf(second, "b").reason()).isEqualTo(Reason.OTHER_RESOURCE_SHORT);
  }

  private static ClusterSnapshot withFree(ClusterSnapshot snapshot, String name, Resources free) {
    var nodes = ImmutableSortedMap.<NodeId, Node>naturalOrder();
    snapshot
        .nodes()
        .forEach(
            (id, node) ->
                nodes.put(
                    id,
                    id.value().equals(name)
                        ? new Node(
                            id,
                            node.host(),
                            node.rack(),
                            node.partition(),
                            node.total(),
                            free,
                            node.open())
                        : node));
    return new ClusterSnapshot(
        snapshot.nowMs(),
        snapshot.settled(),
        nodes.build(),
        snapshot.queues(),
        snapshot.gangs(),
        snapshot.reservations());
  }
}
