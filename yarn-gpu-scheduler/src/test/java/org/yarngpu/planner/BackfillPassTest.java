package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Orders.LateTerms;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.model.RunningGang;
import org.yarngpu.testing.Picture;

class BackfillPassTest {
  private static final long HOUR_MS = 3_600_000;

  /** z holds more than a tenth of the GPUs. */
  private static final Picture WAITED = Picture.of("n1 z . . . .");

  private static final Map<String, LateTerms> ANYBODY =
      Map.of("", new LateTerms(0, Double.POSITIVE_INFINITY));

  private final Planner planner = Planner.predicted();

  /** Forecasts in seconds, medians as large as quantiles. */
  private static ClusterSnapshot snapshot(
      Picture picture, Map<String, Integer> forecasts, Gang... waiting) {
    ImmutableMap.Builder<GangId, Forecast> byGang = ImmutableMap.builder();
    forecasts.forEach(
        (gang, seconds) ->
            byGang.put(
                new GangId(gang),
                new Forecast(seconds * 1000L, seconds * 1000L, seconds * 1000.0)));
    return picture.with(waiting).withForecasts(picture.running(), byGang.build());
  }

  private String after(Picture picture, Map<String, Integer> forecasts, Gang... waiting) {
    ClusterSnapshot snapshot = snapshot(picture, forecasts, waiting);
    Plan plan = planner.plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    return picture.after(plan);
  }

  private static Picture fourNodes() {
    return Picture.of(
        """
        n1 a a a a a a a a
        n2 b b b b b b b b
        n3 c c c c c . . .
        n4 d d d d d d d d
        """);
  }

  @Test
  void aShortGangRunsUntilTheReservationBegins() {
    // The head needs two whole nodes: n1 and n2, in 900 s.
    assertThat(
            after(
                fourNodes(),
                Map.of("a", 600, "b", 900, "c", 2000, "d", 5000, "h", 10, "x", 700),
                gang("h").members(2, 8).build(),
                gang("x").members(1, 2).build()))
        .isEqualTo(
            """
            n1 a a a a a a a a
            n2 b b b b b b b b
            n3 c c c c c x x .
            n4 d d d d d d d d
            """);
  }

  /** A node may have left while the containers on it are still in the books. */
  @Test
  void aRunningGangOnANodeThatIsGoneIsNoTrouble() {
    ClusterSnapshot whole =
        snapshot(
            fourNodes(),
            Map.of("a", 600, "b", 900, "c", 2000, "d", 5000, "h", 10),
            gang("h").members(2, 8).build());
    ClusterSnapshot withoutFirst =
        new ClusterSnapshot(
                whole.nowMs(),
                true,
                whole.nodes().tailMap(whole.nodes().firstKey(), false),
                whole.queues(),
                whole.gangs(),
                whole.reservations())
            .withForecasts(whole.running(), whole.forecasts());
    Plan plan = planner.plan(withoutFirst);
    assertThat(plan.promises().get(new GangId("h")).startMs()).isEqualTo(2_000_000);
  }

  @Test
  void aLongGangRunsWhereNothingIsReserved() {
    assertThat(
            after(
                fourNodes(),
                Map.of("a", 600, "b", 900, "c", 2000, "d", 5000, "h", 10, "x", 5000),
                gang("h").members(2, 8).build(),
                gang("x").members(1, 3).build()))
        .contains("n3 c c c c c x x x");
  }

  @Test
  void aLongGangDoesNotDelayTheHead() {
    Picture picture =
        Picture.of(
            """
            n1 a a . .
            """);
    Gang head = gang("h").members(1, 4).build();
    Gang late = gang("x").members(1, 2).build();
    Map<String, Integer> shorter = Map.of("a", 100, "h", 10, "x", 101);
    assertThat(after(picture, shorter, head, late)).contains("n1 a a x x");
    Map<String, Integer> longer = Map.of("a", 100, "h", 10, "x", 102);
    Plan plan = planner.plan(snapshot(picture, longer, head, late));
    assertThat(plan.placements()).isEmpty();
    assertThat(plan.rejections().get(new GangId("x")).reason())
        .isEqualTo(Reason.HELD_BY_RESERVATION);
    assertThat(plan.rejections().get(new GangId("x")).detail())
        .isEqualTo("a member would fit, but would delay h, which comes first");
  }

  @Test
  void whoCanBeEvictedForLittleNeedNotBeSureToEndInTime() {
    Picture picture = Picture.of("n1 a a . .");
    ClusterSnapshot plain =
        picture.with(gang("h").members(1, 4).build(), gang("x").members(1, 2).build());
    // a ends within 100 s; x is as likely as not to have ended by then.
    ClusterSnapshot unsure =
        plain.withForecasts(
            picture.running(),
            ImmutableMap.of(
                new GangId("a"), new Forecast(60_000, 100_000, 60_000),
                new GangId("h"), new Forecast(10_000, 10_000, 10_000),
                new GangId("x"), new Forecast(101_000, 900_000, 101_000)));
    assertThat(picture.after(planner.plan(unsure))).isEqualTo("n1 a a . .\n");
    assertThat(afterIfXYields(300_000, unsure, picture)).isEqualTo("n1 a a x x\n");
    assertThat(afterIfXYields(300_001, unsure, picture)).isEqualTo("n1 a a . .\n");
  }

  private String afterIfXYields(long costMs, ClusterSnapshot snapshot, Picture picture) {
    return picture.after(
        planner.plan(snapshot.withEvictionCosts(ImmutableMap.of(new GangId("x"), costMs))));
  }

  @Test
  void whatNeverEndsIsNoReasonToHold() {
    Picture picture =
        Picture.of(
            """
            n1 s s . .
            """);
    // Without a forecast s stays for ever, so nothing can be promised to h.
    assertThat(
            after(
                picture,
                Map.of("h", 10, "x", 5000),
                gang("h").members(1, 4).build(),
                gang("x").members(1, 2).build()))
        .contains("n1 s s x x");
  }

  @Test
  void theSecondThatDoesNotFitIsReservedToo() {
    Picture picture =
        Picture.of(
            """
            n1 a a a .
            n2 b b b .
            """);
    // h gets n1 in 100 s, i gets n2 in 200 s; x would delay h on n1 and i on n2.
    assertThat(
            after(
                picture,
                Map.of("a", 100, "b", 200, "h", 10, "i", 20, "x", 300),
                gang("h").members(1, 4).build(),
                gang("i").members(1, 4).build(),
                gang("x").members(1, 1).build()))
        .contains("n1 a a a .", "n2 b b b .");
    assertThat(
            after(
                picture,
                Map.of("a", 100, "b", 200, "h", 10, "i", 20, "x", 150),
                gang("h").members(1, 4).build(),
                gang("i").members(1, 4).build(),
                gang("x").members(1, 1).build()))
        .contains("n1 a a a .", "n2 b b b x");
  }

  @Test
  void whoHasWaitedHalfADayComesFirst() {
    Picture picture =
        Picture.of(
            """
            n1 . . . .
            """);
    ClusterSnapshot young =
        snapshot(
            picture,
            Map.of("o", 5000, "y", 10),
            gang("o").submitted(0).members(1, 4).build(),
            gang("y").submitted(1).members(1, 4).build());
    assertThat(picture.after(planner.plan(at(young, 12 * HOUR_MS - 1)))).contains("y");
    assertThat(picture.after(planner.plan(at(young, 12 * HOUR_MS)))).contains("o");
  }

  @Test
  void howLongThatTakesIsSaidByTheSnapshot() {
    Picture picture = Picture.of("n1 . . . .");
    ClusterSnapshot soon =
        snapshot(
                picture,
                Map.of("o", 500, "y", 10),
                gang("o").submitted(0).members(1, 4).build(),
                gang("y").submitted(1).members(1, 4).build())
            .withOrders(
                new Orders(
                    ImmutableMap.of(),
                    OrderWeights.NONE,
                    HOUR_MS,
                    ImmutableMap.of(),
                    ImmutableMap.of()));
    assertThat(picture.after(planner.plan(at(soon, HOUR_MS - 1)))).contains("y");
    assertThat(picture.after(planner.plan(at(soon, HOUR_MS)))).contains("o");
  }

  @Test
  void notWhileATenthOfTheGpusRunsThoseThatWaitedSoLong() {
    Picture picture =
        Picture.of(
            """
            n1 z . . . .
            """);
    ClusterSnapshot snapshot =
        at(
            snapshot(
                picture,
                Map.of("o", 5000, "y", 10, "z", 5000),
                gang("o").submitted(0).members(1, 4).build(),
                gang("y").submitted(1).members(1, 4).build()),
            12 * HOUR_MS);
    RunningGang waited =
        new RunningGang(
            snapshot.running().get(0).id(), snapshot.running().get(0).members(), 12 * HOUR_MS);
    assertThat(
            picture.after(
                planner.plan(
                    snapshot.withForecasts(ImmutableList.of(waited), snapshot.forecasts()))))
        .contains("y");
  }

  /** z has waited so long, too, and has more than a tenth of the GPUs. */
  private static ClusterSnapshot withOneThatWaited(
      Picture picture, long nowMs, Map<String, LateTerms> late, Map<String, Integer> forecasts) {
    ClusterSnapshot snapshot =
        at(
            snapshot(
                picture,
                forecasts,
                gang("o").submitted(0).members(1, 4).build(),
                gang("y").submitted(1).members(1, 4).build()),
            nowMs);
    return snapshot
        .withForecasts(
            ImmutableList.of(
                new RunningGang(
                    snapshot.running().get(0).id(),
                    snapshot.running().get(0).members(),
                    12 * HOUR_MS)),
            snapshot.forecasts())
        .withOrders(Orders.DEFAULT.withLate(ImmutableMap.copyOf(late)))
        .withEvictionCosts(ImmutableMap.of(new GangId("o"), 600_000L));
  }

  /** What is placed when o and y wait for four GPUs, by o's forecast. */
  private String placed(long nowMs, Map<String, LateTerms> late, int seconds) {
    return placed(late(nowMs, late, seconds));
  }

  private String placed(ClusterSnapshot snapshot) {
    return WAITED.after(planner.plan(snapshot));
  }

  private static ClusterSnapshot late(long nowMs, Map<String, LateTerms> late, int seconds) {
    return withOneThatWaited(WAITED, nowMs, late, Map.of("o", seconds, "y", 10, "z", 5000));
  }

  @Test
  void whoIsLateComesFirstAllTheSame() {
    Map<String, LateTerms> late = Map.of("", new LateTerms(20 * HOUR_MS, 4 * 6_000_000.0));
    assertThat(placed(20 * HOUR_MS - 1, late, 6000)).contains("y");
    assertThat(placed(20 * HOUR_MS, late, 6000)).contains("o");
    Map<String, LateTerms> elsewhere = Map.of("other", ANYBODY.get(""));
    assertThat(placed(20 * HOUR_MS, elsewhere, 6000)).contains("y");
  }

  @Test
  void unlessItIsAmongTheLargest() {
    Map<String, LateTerms> late = Map.of("", new LateTerms(20 * HOUR_MS, 4 * 6_000_000.0 - 1));
    assertThat(placed(20 * HOUR_MS, late, 6000)).contains("y");
  }

  @Test
  void norDoesAnybodyComeFirstBeforeHalfADay() {
    assertThat(placed(12 * HOUR_MS - 1, ANYBODY, 3000)).contains("y");
    assertThat(placed(12 * HOUR_MS, ANYBODY, 3000)).contains("o");
  }

  @Test
  void norBeforeItHasWaitedTenTimesItsRuntime() {
    assertThat(placed(20 * HOUR_MS - 1, ANYBODY, 7200)).contains("y");
    assertThat(placed(20 * HOUR_MS, ANYBODY, 7200)).contains("o");
  }

  @Test
  void whoNeverEndsIsNeverLate() {
    assertThat(placed(withOneThatWaited(WAITED, 20 * HOUR_MS, ANYBODY, Map.of("y", 10, "z", 5000))))
        .contains("y");
  }

  /** Where nobody yields, those that were late hold all GPUs for as long as they run. */
  @Test
  void norWhoWouldNotYieldAgain() {
    ClusterSnapshot snapshot = late(20 * HOUR_MS, ANYBODY, 5000);
    assertThat(placed(snapshot)).contains("o");
    assertThat(placed(snapshot.withEvictionCosts(ImmutableMap.of()))).contains("y");
  }

  @Test
  void norWhoWaitsForLentGpus() {
    ClusterSnapshot snapshot = late(20 * HOUR_MS, ANYBODY, 5000);
    Gang oldest = snapshot.gangs().get(0);
    assertThat(snapshot.isLate(oldest)).isTrue();
    Loans loans =
        new Loans(
            ImmutableSortedMap.of(oldest.id(), new Loans.Borrower(OptionalLong.empty())),
            ImmutableSortedMap.of(),
            ImmutableSortedMap.of(),
            ImmutableSortedMap.of(),
            ImmutableSortedSet.of());
    assertThat(snapshot.withLoans(loans).isLate(oldest)).isFalse();
  }

  private static ClusterSnapshot at(ClusterSnapshot snapshot, long nowMs) {
    return new ClusterSnapshot(
        nowMs,
        snapshot.settled(),
        snapshot.nodes(),
        snapshot.queues(),
        snapshot.gangs(),
        snapshot.reservations(),
        snapshot.running(),
        snapshot.forecasts(),
        snapshot.promises(),
        snapshot.evictions(),
        snapshot.evictionsDue(),
        snapshot.orders(),
        Loans.NONE,
        snapshot.evictionCostsMs());
  }
}
