package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.RunningGang;
import org.yarngpu.testing.Picture;

/** What gangs are told, and what happens to one that was told wrong three times. */
class DrainTest {
  private static final GangId H = new GangId("h");

  /** h needs both nodes; a and b are forecast to end in 100 and 200 s, h runs 10 s, x 50 s. */
  private static final Map<String, Integer> FORECASTS =
      Map.of("a", 100, "b", 200, "h", 10, "x", 50);

  private static final Picture TWO_NODES =
      Picture.of(
          """
          n1 a . .
          n2 b . .
          """);

  private static final Gang HEAD = gang("h").members(6, 1).build();
  private static final Gang NEXT = gang("x").members(1, 2).submitted(1).build();

  private final Planner planner = Planner.predicted();

  private static ClusterSnapshot forecast(
      ClusterSnapshot snapshot, Picture picture, Map<String, Integer> seconds) {
    ImmutableMap.Builder<GangId, Forecast> byGang = ImmutableMap.builder();
    seconds.forEach(
        (gang, s) -> byGang.put(new GangId(gang), new Forecast(s * 1000L, s * 1000L, s * 1000.0)));
    return snapshot.withForecasts(picture.running(), byGang.build());
  }

  private static ClusterSnapshot promised(long startMs, int slips, Gang... waiting) {
    return forecast(TWO_NODES.with(waiting), TWO_NODES, FORECASTS)
        .withPromises(ImmutableSortedMap.of(H, new Promise(H, startMs, slips)));
  }

  private Plan plan(ClusterSnapshot snapshot) {
    Plan plan = planner.plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    return plan;
  }

  @Test
  void whoIsReservedIsToldWhenItStarts() {
    Plan plan = plan(forecast(TWO_NODES.with(HEAD), TWO_NODES, FORECASTS));
    assertThat(plan.promises()).containsExactly(Map.entry(H, new Promise(H, 200_000, 0)));
    assertThat(plan.reservations()).isEmpty();
  }

  @Test
  void aPromiseMovesOnlyWhenItIsMissedByMoreThanAMinute() {
    assertThat(plan(promised(300_000, 1, HEAD)).promises().get(H))
        .isEqualTo(new Promise(H, 300_000, 1));
    assertThat(plan(promised(140_000, 1, HEAD)).promises().get(H))
        .isEqualTo(new Promise(H, 140_000, 1));
    assertThat(plan(promised(139_999, 1, HEAD)).promises().get(H))
        .isEqualTo(new Promise(H, 200_000, 2));
  }

  @Test
  void afterThreeSlipsNodesAreHeldWhateverRunTimesSay() {
    Plan twoSlips = plan(promised(0, 1, HEAD, NEXT));
    assertThat(TWO_NODES.after(twoSlips)).contains("x x");
    Plan drains = plan(promised(0, 2, HEAD, NEXT));
    assertThat(drains.promises().get(H).slips()).isEqualTo(3);
    assertThat(Picture.held(drains.reservations().get("")))
        .isEqualTo(
            """
            n1 + + +
            n2 + + +
            """);
    assertThat(drains.placements()).isEmpty();
    assertThat(drains.rejections().get(NEXT.id()).reason()).isEqualTo(Reason.HELD_BY_RESERVATION);
  }

  @Test
  void nobodyDrainsWhereEvictionsWouldDo() {
    ClusterSnapshot slipped = promised(0, 2, HEAD, NEXT);
    assertThat(plan(yielding(slipped, 4, 300_000)).reservations()).isEmpty();
    assertThat(plan(yielding(slipped, 4, 300_001)).reservations()).as("too dear").isNotEmpty();
    assertThat(plan(yielding(slipped, 5, 62_000)).reservations()).as("too often").isNotEmpty();
    Gang lower = gang("h").priority(-1).members(6, 1).build();
    assertThat(plan(yielding(promised(0, 2, lower), 0, 62_000)).reservations())
        .as("they come before it")
        .isNotEmpty();
    ClusterSnapshot onlyOne =
        yielding(slipped, 0, 62_000).withEvictionCosts(ImmutableMap.of(new GangId("a"), 62_000L));
    assertThat(plan(onlyOne).reservations()).as("b stays").isNotEmpty();
  }

  /** All that run save their work. */
  private static ClusterSnapshot yielding(ClusterSnapshot snapshot, int evictions, long costMs) {
    EvictionTerms terms =
        new EvictionTerms(
            "root.a", 0, 0, OptionalLong.of(0), OptionalLong.empty(), costMs, evictions);
    return snapshot
        .withForecasts(
            snapshot.running().stream()
                .map(gang -> new RunningGang(gang.id(), gang.members(), 0, Optional.of(terms)))
                .collect(ImmutableList.toImmutableList()),
            snapshot.forecasts())
        .withEvictionCosts(
            snapshot.running().stream()
                .collect(ImmutableMap.toImmutableMap(RunningGang::id, gang -> costMs)));
  }

  /** The cycle after the drain began, on what the cluster looks like then. */
  private Plan next(Picture picture, Gang... waiting) {
    ImmutableSortedMap<String, Reservation> held = plan(promised(0, 2, HEAD)).reservations();
    return plan(
        forecast(picture.with(held, waiting), picture, FORECASTS)
            .withPromises(ImmutableSortedMap.of(H, new Promise(H, 200_000, 3))));
  }

  @Test
  void aDrainGoesOnWhoeverComes() {
    Plan plan = next(TWO_NODES, HEAD, NEXT, gang("y").priority(9).members(1, 1).build());
    assertThat(plan.placements()).isEmpty();
    assertThat(plan.reservations().get("").gang()).isEqualTo(H);
    assertThat(plan.promises().get(H)).isEqualTo(new Promise(H, 200_000, 3));
  }

  @Test
  void aDrainEndsWithItsGangsStart() {
    Picture picture =
        Picture.of(
            """
            n1 . . .
            n2 . . .
            """);
    Plan plan = next(picture, HEAD, NEXT);
    assertThat(picture.after(plan)).isEqualTo("n1 h h h\nn2 h h h\n");
    assertThat(plan.reservations()).isEmpty();
    assertThat(plan.promises()).doesNotContainKey(H);
  }

  @Test
  void aDrainEndsWithItsGangsWithdrawal() {
    Plan plan = next(TWO_NODES, NEXT);
    assertThat(TWO_NODES.after(plan)).contains("x x");
    assertThat(plan.reservations()).isEmpty();
  }

  @Test
  void aDrainEndsWhenALimitRefusesItsGang() {
    Gang refused = gang("h").members(6, 1).limit(new Rejection(Reason.USER_AT_LIMIT, "x")).build();
    Plan plan = next(TWO_NODES, refused, NEXT);
    assertThat(TWO_NODES.after(plan)).contains("x x");
    assertThat(plan.reservations()).isEmpty();
  }

  @Test
  void aDrainEndsWithTheLossOfANode() {
    Picture lost =
        Picture.of(
            """
            n1 a - -
            n2 b . .
            """);
    Plan plan = next(lost, HEAD, NEXT);
    assertThat(plan.reservations()).isEmpty();
    assertThat(lost.after(plan)).contains("n2 b x x");
  }

  @Test
  void aDrainMovesToOtherNodesIfThereAreAny() {
    Picture lost =
        Picture.of(
            """
            n1 a - -
            n2 b . .
            n3 a . .
            """);
    assertThat(Picture.held(next(lost, HEAD, NEXT).reservations().get("")))
        .isEqualTo("n2 + + +\nn3 + + +\n");
  }

  @Test
  void aBrokenGangTakesWhatIsHeld() {
    Gang broken = gang("x").phase(Gang.Phase.REPLACING).members(1, 2).build();
    assertThat(TWO_NODES.after(next(TWO_NODES, HEAD, broken))).contains("x x");
  }

  @Test
  void onlyTheFirstInLineSlipsAndDrains() {
    Picture picture =
        Picture.of(
            """
            n1 a . .
            n2 b . .
            n3 c c c
            n4 d d d
            """);
    ClusterSnapshot snapshot =
        forecast(
                picture.with(gang("f").members(6, 1).build(), HEAD),
                picture,
                Map.of("a", 100, "b", 200, "c", 250, "d", 300, "f", 5, "h", 10))
            .withPromises(ImmutableSortedMap.of(H, new Promise(H, -100_000, 5)));
    Plan plan = plan(snapshot);
    assertThat(plan.reservations()).isEmpty();
    assertThat(plan.promises().get(H)).isEqualTo(new Promise(H, 300_000, 5));
  }

  @Test
  void nothingIsHeldOnGpusThatAreNeverGivenBack() {
    // s has no forecast: h can never be promised anything, and x may run.
    Picture picture =
        Picture.of(
            """
            n1 s . .
            """);
    Gang head = gang("h").members(3, 1).build();
    Plan plan =
        plan(
            forecast(picture.with(head, NEXT), picture, FORECASTS)
                .withPromises(ImmutableSortedMap.of(H, new Promise(H, -100_000, 9))));
    assertThat(plan.promises()).isEmpty();
    assertThat(plan.reservations()).isEmpty();
    assertThat(picture.after(plan)).isEqualTo("n1 s x x\n");
  }
}
