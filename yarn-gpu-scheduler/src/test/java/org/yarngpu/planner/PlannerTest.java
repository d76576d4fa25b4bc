package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.testing.Picture;

class PlannerTest {
  private final Planner planner = Planner.priority();

  private static Reason reason(Plan plan, String gang) {
    Rejection rejection = plan.rejections().get(new GangId(gang));
    assertThat(rejection).as("rejection of " + gang).isNotNull();
    return rejection.reason();
  }

  private void assertPlaces(String before, String after, Gang... gangs) {
    Picture picture = Picture.of(before);
    assertThat(picture.after(planner.plan(picture.with(gangs)))).isEqualTo(after);
  }

  @Test
  void aGangThatFitsOnlyInPartTakesNothing() {
    Picture picture =
        Picture.of(
            """
            n1 a a . .
            n2 . . . .
            """);
    Plan plan = planner.plan(picture.with(gang("b").members(4, 2).build()));
    assertThat(plan.placements()).isEmpty();
    assertThat(plan.rejections().get(new GangId("b")))
        .hasToString(
            "NOT_ENOUGH_FREE_GPUS: a gang of 4 needs 8 GPUs together, free are 6 of 8 in the default"
                + " partition, at most 4 on one node.");
  }

  @Test
  void aNarrowGangGoesToTheFullestNodeThatHoldsIt() {
    assertPlaces(
        """
        n1 . . . .
        n2 a . . .
        n3 a a a .
        """,
        """
        n1 . . . .
        n2 a b b .
        n3 a a a .
        """,
        gang("b").members(2, 1).build());
  }

  @Test
  void aWideGangTakesWholeFreeNodes() {
    assertPlaces(
        """
        n1 a . . .
        n2 . . . .
        n3 a . . .
        n4 . . . .
        """,
        """
        n1 a . . .
        n2 b b b b
        n3 a . . .
        n4 b b b b
        """,
        gang("b").members(8, 1).build());
  }

  @Test
  void oneRackComesBeforeSeveral() {
    assertPlaces(
        """
        r1/n1 . . . .
        r1/n2 a a a a
        r2/n3 a . . .
        r2/n4 a . . .
        """,
        """
        n1 . . . .
        n2 a a a a
        n3 a b b b
        n4 a b b b
        """,
        gang("b").members(6, 1).build());
  }

  @Test
  void aGangThatNoRackHoldsSpansTheFewest() {
    assertPlaces(
        """
        r1/n1 . . . .
        r1/n2 . . . a
        r1/n3 . . . a
        r2/n4 . . . .
        r2/n5 . . . a
        r2/n6 . . a a
        r3/n7 . . . .
        r3/n8 . . . .
        """,
        """
        n1 b b b b
        n2 . . . a
        n3 . . . a
        n4 . . . .
        n5 . . . a
        n6 . . a a
        n7 b b b b
        n8 b b b b
        """,
        gang("b").members(3, 4).build());
  }

  @Test
  void severalRolesAreOneGang() {
    assertPlaces(
        """
        n1 . . . .
        n2 . . a a
        """,
        """
        n1 b b b b
        n2 b b a a
        """,
        gang("b").members(2, 1).members(2, 2).build());
  }

  @Test
  void membersBeyondTheMinimumFollowOneByOne() {
    Picture picture = Picture.of("n1 . . . .");
    Plan plan = planner.plan(picture.with(gang("b").members(6, 1).minimum(3).build()));
    assertThat(plan.placements().stream().map(placement -> placement.members().size()))
        .containsExactly(3, 1);
    assertThat(reason(plan, "b")).isEqualTo(Reason.NOT_ENOUGH_FREE_GPUS);
  }

  @Test
  void freeGpusInPiecesAreFragmented() {
    Plan plan =
        planner.plan(
            Picture.of(
                    """
                    n1 a a . .
                    n2 a a . .
                    """)
                .with(gang("b").members(1, 4).build()));
    assertThat(reason(plan, "b")).isEqualTo(Reason.FRAGMENTED);
  }

  @Test
  void memoryCanBeShortWhereGpusAreFree() {
    Plan plan =
        planner.plan(
            Picture.of("n1 a a . .")
                .with(gang("b").members(1, new Resources(2_500, 1, 1), Locality.ANYWHERE).build()));
    assertThat(reason(plan, "b")).isEqualTo(Reason.OTHER_RESOURCE_SHORT);
  }

  @Test
  void excludedHostsAndStrictLocalityAreKept() {
    assertPlaces(
        """
        n1 . .
        n2 . .
        """,
        """
        n1 . .
        n2 b .
        """,
        gang("b").members(1, 1).excludes("n1").build());
    assertPlaces(
        """
        n1 . .
        n2 . .
        """,
        """
        n1 . .
        n2 b .
        """,
        gang("b")
            .members(
                1,
                new Resources(1, 1, 1),
                new Locality(false, ImmutableSortedSet.of("n2"), ImmutableSortedSet.of()))
            .build());
  }

  @Test
  void aJobThatExcludesAllHostsWaitsAndIsNotEnded() {
    Plan plan =
        planner.plan(Picture.of("n1 . .").with(gang("b").members(1, 1).excludes("n1").build()));
    assertThat(reason(plan, "b")).isEqualTo(Reason.EXCLUDED_BY_JOB);
    assertThat(plan.reservations()).isEmpty();
  }

  @Test
  void whatNoKnownNodeCouldHoldIsRefusedWithTheLargestThatFits() {
    Picture picture =
        Picture.of(
            """
            n1 a a . .
            n2 . . . .
            """);
    // Queue maxima are above the cluster here, so that the nodes decide.
    Plan member = planner.plan(picture.with(gang("b").members(1, 5).build()));
    assertThat(member.rejections().get(new GangId("b")).detail())
        .isEqualTo(
            "a member needs 5 GPUs, 5000 MiB, 5 vcores, but the largest node in the default"
                + " partition has 4 GPUs, 4000 MiB, 40 vcores");
    Plan gang = planner.plan(picture.with(gang("b").members(3, 3).build()));
    assertThat(reason(gang, "b")).isEqualTo(Reason.LARGER_THAN_CLUSTER);
    Plan shaped = planner.plan(picture.with(gang("b").members(2, 3).members(1, 2).build()));
    assertThat(reason(shaped, "b")).isEqualTo(Reason.LARGER_THAN_CLUSTER);
  }

  @Test
  void beforeTheClusterHasSettledNothingIsRefusedForItsSize() {
    ClusterSnapshot settled = Picture.of("n1 . .").with(gang("b").members(4, 1).build());
    ClusterSnapshot young =
        new ClusterSnapshot(
            0, false, settled.nodes(), settled.queues(), settled.gangs(), settled.reservations());
    assertThat(reason(planner.plan(young), "b")).isEqualTo(Reason.NODES_UNHEALTHY);
  }

  @Test
  void anIncompleteGangWaitsForItsAsksAndHoldsNothing() {
    Plan plan =
        planner.plan(Picture.of("n1 . . . .").with(gang("b").members(2, 1).minimum(3).build()));
    assertThat(plan.placements()).isEmpty();
    assertThat(plan.reservations()).isEmpty();
    assertThat(plan.rejections().get(new GangId("b")))
        .hasToString(
            "WAITING_FOR_ASKS: the application master has asked for 2 of the 3 members that start"
                + " together.");
  }

  @Test
  void aGangThatALimitRefusesBlocksNobody() {
    Plan plan =
        planner.plan(
            Picture.of("n1 a a . .")
                .with(
                    gang("b").members(4, 1).limit(new Rejection(Reason.USER_AT_LIMIT, "x")).build(),
                    gang("c").submitted(1).members(2, 1).build()));
    assertThat(reason(plan, "b")).isEqualTo(Reason.USER_AT_LIMIT);
    assertThat(plan.reservations()).isEmpty();
    assertThat(plan.placements()).hasSize(1);
  }

  @Test
  void aDeadlineThatHasPassedIsSaid() {
    Plan plan =
        planner.plan(Picture.of("n1 . .").with(gang("b").members(1, 1).deadline(0).build()));
    assertThat(reason(plan, "b")).isEqualTo(Reason.TIMED_OUT);
  }

  @Test
  void theFirstThatDoesNotFitHoldsWhatIsFreeAndLaterOnesGoRound() {
    Picture picture =
        Picture.of(
            """
            n1 a . . .
            n2 a a a .
            n3 a a . .
            """);
    Plan plan =
        planner.plan(
            picture.with(
                gang("b").members(2, 4).build(), gang("c").submitted(1).members(1, 1).build()));
    assertThat(Picture.held(plan.reservations().get("")))
        .isEqualTo(
            """
            n1 + + + +
            n3 + + + +
            """);
    assertThat(picture.after(plan))
        .isEqualTo(
            """
            n1 a . . .
            n2 a a a c
            n3 a a . .
            """);
  }

  @Test
  void whatIsHeldIsSafeFromLaterGangsOfHigherPriority() {
    Picture picture = Picture.of("n1 a . . .");
    Gang head = gang("b").members(4, 1).build();
    Plan first = planner.plan(picture.with(head));
    Plan second =
        planner.plan(
            picture.with(
                first.reservations(),
                head,
                gang("c").priority(9).submitted(1).members(1, 1).build()));
    assertThat(second.placements()).isEmpty();
    assertThat(reason(second, "c")).isEqualTo(Reason.HELD_BY_RESERVATION);
  }

  @Test
  void aReservationEndsWithItsGang() {
    Picture picture = Picture.of("n1 a . . .");
    Plan first = planner.plan(picture.with(gang("b").members(4, 1).build()));
    Plan second = planner.plan(picture.with(first.reservations(), gang("c").members(1, 1).build()));
    assertThat(second.reservations()).isEmpty();
    assertThat(second.placements()).hasSize(1);
  }

  @Test
  void aReservationMovesWhereFewerGpusAreMissing() {
    Gang head = gang("b").members(1, 4).build();
    Plan first =
        planner.plan(
            Picture.of(
                    """
                    n1 a a a .
                    n2 a a a a
                    """)
                .with(head));
    Picture later =
        Picture.of(
            """
            n1 a a a .
            n2 . . . a
            """);
    ImmutableSortedMap<String, Reservation> before = first.reservations();
    assertThat(Picture.held(before.get(""))).isEqualTo("n1 + + + +\n");
    assertThat(Picture.held(planner.plan(later.with(before, head)).reservations().get("")))
        .isEqualTo("n2 + + + +\n");
  }

  @Test
  void aBrokenGangIsServedBeforeFreshJobs() {
    Picture picture = Picture.of("n1 a a . .");
    Plan plan =
        planner.plan(
            picture.with(
                gang("b").members(2, 1).priority(5).build(),
                gang("r").submitted(9).members(2, 1).phase(Gang.Phase.REPLACING).build()));
    assertThat(picture.after(plan)).isEqualTo("n1 a a r r\n");
  }

  /** The reserved gang may wait for the GPUs of the very gang that lost members. */
  @Test
  void aBrokenGangTakesWhatIsHeldForAGangThatWaitsForItsStart() {
    Picture picture = Picture.of("n1 r r . .");
    Gang head = gang("b").members(4, 1).build();
    ImmutableSortedMap<String, Reservation> held = planner.plan(picture.with(head)).reservations();
    Plan plan =
        planner.plan(
            picture.with(
                held,
                head,
                gang("r").submitted(9).members(2, 1).phase(Gang.Phase.REPLACING).build()));
    assertThat(picture.after(plan)).isEqualTo("n1 r r r r\n");
    assertThat(plan.reservations()).isEqualTo(held);
  }

  @Test
  void aBrokenGangThatDoesNotFitTakesTheReservationOver() {
    Picture picture = Picture.of("n1 r x x .");
    Gang head = gang("b").members(4, 1).build();
    Plan plan =
        planner.plan(
            picture.with(
                planner.plan(picture.with(head)).reservations(),
                head,
                gang("r").submitted(9).members(2, 1).phase(Gang.Phase.REPLACING).build()));
    assertThat(plan.reservations().get("").gang()).isEqualTo(new GangId("r"));
  }
}
