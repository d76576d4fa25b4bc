package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;
import org.yarngpu.testing.Picture;

/** Times in seconds. All that runs started at 0 unless said otherwise, and now is an hour later. */
class EvictPassTest {
  private static final long NOW_S = 3600;
  private static final ImmutableSortedMap<GangId, Eviction> NONE_UNDER_WAY =
      ImmutableSortedMap.of();
  private static final GangId J = new GangId("j");

  /** Runs for ever, saves its work at every moment, restarts in 62 s. */
  private static final EvictionTerms TERMS =
      new EvictionTerms("root.a", 0, 0, OptionalLong.of(0), OptionalLong.empty(), 62_000, 0);

  private final Planner planner = Planner.predicted(EvictionRules.DEFAULT);
  private final Map<String, Integer> forecasts = new HashMap<>();
  private final Map<String, Integer> indexes = new HashMap<>();
  private final Map<String, EvictionTerms> terms = new HashMap<>();
  private final Map<String, Long> waitedS = new HashMap<>();
  private final Map<String, Integer> minima = new HashMap<>();
  private ImmutableMap<String, Queue> queues = ImmutableMap.of();
  private boolean due = true;

  private ClusterSnapshot snapshot(
      Picture picture, ImmutableSortedMap<GangId, Eviction> underWay, long nowS, Gang... waiting) {
    ImmutableMap.Builder<GangId, Forecast> byGang = ImmutableMap.builder();
    forecasts.forEach(
        (gang, s) ->
            byGang.put(
                new GangId(gang),
                new Forecast(s * 1000L, s * 1000L, s * 1000.0)
                    .withIndex(indexes.getOrDefault(gang, s) * 1000.0)));
    ClusterSnapshot plain = picture.with(waiting);
    return new ClusterSnapshot(
        nowS * 1000,
        true,
        plain.nodes(),
        queues.isEmpty() ? plain.queues() : queues,
        plain.gangs(),
        plain.reservations(),
        picture.running().stream()
            .map(
                gang ->
                    new RunningGang(
                        gang.id(),
                        gang.members(),
                        waitedS.getOrDefault(gang.id().value(), 0L) * 1000,
                        Optional.of(terms.getOrDefault(gang.id().value(), TERMS)),
                        Optional.ofNullable(minima.get(gang.id().value()))
                            .map(minimum -> new Elastic(gang.members().size(), minimum, 100, 0))))
            .collect(ImmutableList.toImmutableList()),
        byGang.build(),
        ImmutableSortedMap.of(),
        underWay,
        due);
  }

  private Plan plan(ClusterSnapshot snapshot) {
    Plan plan = planner.plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    return plan;
  }

  private Plan plan(String picture, Gang... waiting) {
    return plan(snapshot(Picture.of(picture), ImmutableSortedMap.of(), NOW_S, waiting));
  }

  /** Whom j gets its GPUs from, as letters. */
  private static String victims(Plan plan) {
    Eviction eviction = plan.evictions().get(J);
    return eviction == null
        ? ""
        : String.join("", eviction.victims().stream().map(GangId::value).toList());
  }

  /** What j gets, as the letters of those that shrink and how many members they keep. */
  private static String shrinks(Plan plan) {
    Eviction eviction = plan.evictions().get(J);
    return eviction == null
        ? ""
        : eviction.shrinks().entrySet().stream()
            .map(shrink -> shrink.getKey() + " to " + shrink.getValue().width())
            .collect(Collectors.joining(", "));
  }

  @Test
  void aVictimsIndexIsMoreThanFourTimesThatOfTheGang() {
    forecasts.putAll(Map.of("j", 100, "v", 100));
    indexes.putAll(Map.of("j", 24, "v", 100));
    assertThat(victims(plan("n1 v v", gang("j").members(2, 1).build()))).isEqualTo("v");
    indexes.put("j", 25);
    assertThat(victims(plan("n1 v v", gang("j").members(2, 1).build()))).isEmpty();
    indexes.put("v", 101);
    assertThat(victims(plan("n1 v v", gang("j").members(2, 1).build()))).isEqualTo("v");
  }

  @Test
  void surplusShrinksBeforeAnyMinimumIsEvicted() {
    forecasts.putAll(Map.of("j", 120, "v", 200, "w", 100_000));
    minima.put("v", 2);
    Plan plan = plan("n1 v v v v w w w w", gang("j").members(2, 1).build());
    assertThat(victims(plan)).isEmpty();
    assertThat(shrinks(plan)).isEqualTo("v to 2");
    Plan more = plan("n1 v v v v w w w w", gang("j").members(6, 1).build());
    assertThat(victims(more)).as("surplus alone is not enough").isEqualTo("w");
    assertThat(shrinks(more)).isEqualTo("v to 2");
    Plan one = plan("n1 v v v v w w w w", gang("j").members(1, 1).build());
    assertThat(shrinks(one)).as("no more than is needed").isEqualTo("v to 3");
    Plan four = plan("n1 v v v v w w w w", gang("j").members(4, 1).build());
    assertThat(victims(four)).isEqualTo("w");
    assertThat(shrinks(four)).as("w alone is enough").isEmpty();
  }

  @Test
  void anElasticGangAtItsMinimumYieldsWhole() {
    forecasts.putAll(Map.of("j", 120, "v", 100_000));
    minima.put("v", 4);
    Plan plan = plan("n1 v v v v", gang("j").members(2, 1).build());
    assertThat(victims(plan)).isEqualTo("v");
    assertThat(shrinks(plan)).isEmpty();
  }

  /** j fits on n1 only, so that v may have what is free elsewhere. */
  @Test
  void aGangThatGrowsIsNotEvictedInTheSameCycle() {
    forecasts.putAll(Map.of("j", 120, "v", 100_000));
    minima.put("v", 4);
    Gang wide = gang("j").members(1, 4).build();
    Gang grows = gang("v").members(1, 1).elastic(4, 5, 0).phase(Gang.Phase.GROWING).build();
    Plan plan = plan("n1 v v v v\nn2 .", wide, grows);
    assertThat(plan.placements()).hasSize(1);
    assertThat(victims(plan)).isEmpty();
    assertThat(victims(plan("n1 v v v v\nn2 .", wide))).isEqualTo("v");
  }

  @Test
  void aGangThatSavesNothingKeepsItsSurplus() {
    forecasts.putAll(Map.of("j", 120, "v", 100_000));
    minima.put("v", 1);
    terms.put(
        "v", new EvictionTerms("root.a", 0, 0, OptionalLong.empty(), OptionalLong.empty(), 0, 0));
    assertThat(plan("n1 v v v v", gang("j").members(2, 1).build()).evictions()).isEmpty();
  }

  @Test
  void surplusIsTakenWhereTheGangFits() {
    // Members of two: one of n2 and one of n1 would not do.
    forecasts.putAll(Map.of("j", 120, "v", 200));
    minima.put("v", 2);
    Plan plan = plan("n1 v v\nn2 v v", gang("j").members(1, 2).build());
    assertThat(shrinks(plan)).isEqualTo("v to 2");
    assertThat(Picture.held(plan.evictions().get(J).hold())).isEqualTo("n1 + +\n");
  }

  @Test
  void aGangThatShrinksIsNotChosenAgainAndDoesNotTakeWhatItGave() {
    forecasts.putAll(Map.of("j", 120, "v", 200));
    minima.put("v", 2);
    Gang two = gang("j").members(2, 1).build();
    ImmutableSortedMap<GangId, Eviction> underWay = plan("n1 v v v v", two).evictions();
    Plan next = plan(snapshot(Picture.of("n1 v v v v"), underWay, NOW_S, two));
    assertThat(next.evictions()).isEqualTo(underWay);
    Gang another = gang("k").members(2, 1).submitted(1).build();
    forecasts.put("k", 130);
    assertThat(plan(snapshot(Picture.of("n1 v v v v"), underWay, NOW_S, two, another)).evictions())
        .as("its minimum is not surplus")
        .isEqualTo(underWay);
    // v starts anew: one member of the two that stay is gone, and one of those that go.
    Gang broken =
        gang("v").members(3, 1).minimum(2).elastic(0, 4, 0).phase(Gang.Phase.REPLACING).build();
    Picture half = Picture.of("n1 x . . x");
    Plan meanwhile = plan(snapshot(half, underWay, NOW_S, two, broken));
    assertThat(half.after(meanwhile)).isEqualTo("n1 x j j x\n");
    assertThat(meanwhile.evictions()).isEmpty();
    Picture early = Picture.of("n1 x . x x");
    Gang one = gang("v").members(1, 1).elastic(1, 4, 0).phase(Gang.Phase.REPLACING).build();
    assertThat(early.after(plan(snapshot(early, underWay, NOW_S, two, one))))
        .isEqualTo("n1 x . x x\n");
  }

  private static Gang eight() {
    return gang("j").members(8, 1).build();
  }

  private static EvictionTerms costing(int seconds) {
    return new EvictionTerms(
        "root.a", 0, 0, OptionalLong.of(0), OptionalLong.empty(), seconds * 1000L, 0);
  }

  @Test
  void whoHasFourTimesAsMuchLeftYields() {
    forecasts.putAll(Map.of("j", 120, "v", 1800));
    Plan plan = plan("n1 v v v v v v v v", eight());
    assertThat(victims(plan)).isEqualTo("v");
    assertThat(Picture.held(plan.evictions().get(J).hold())).isEqualTo("n1 + + + + + + + +\n");
    assertThat(plan.placements()).as("the GPUs are not free yet").isEmpty();
  }

  @Test
  void whoHasJustFourTimesAsMuchLeftStays() {
    forecasts.putAll(Map.of("j", 450, "v", 1800));
    assertThat(victims(plan("n1 v v v v v v v v", eight()))).isEmpty();
    forecasts.put("j", 449);
    assertThat(victims(plan("n1 v v v v v v v v", eight()))).isEqualTo("v");
  }

  @Test
  void whoHasWaitedVeryLongNeedNotBeShort() {
    forecasts.putAll(Map.of("j", 7200, "u", 7200, "v", 7200));
    String full = "n1 u u u u\nn2 v v v v";
    long halfADayS = 12 * 3600;
    Plan early = plan(snapshot(Picture.of(full), NONE_UNDER_WAY, halfADayS - 1, eight()));
    assertThat(victims(early)).isEmpty();
    Plan late = plan(snapshot(Picture.of(full), NONE_UNDER_WAY, halfADayS, eight()));
    assertThat(victims(late)).isEqualTo("uv");
    waitedS.put("v", halfADayS);
    Plan equal = plan(snapshot(Picture.of(full), NONE_UNDER_WAY, halfADayS, eight()));
    assertThat(victims(equal)).as("v has waited as long").isEmpty();
  }

  @Test
  void whoIsLateEvictsNoMoreThanOthers() {
    forecasts.putAll(Map.of("j", 4000, "u", 7200, "v", 7200, "z", 7200));
    long halfADayS = 12 * 3600;
    assertThat(victims(plan(late(halfADayS)))).as("promoted, too").isEqualTo("uv");
    waitedS.put("z", halfADayS);
    assertThat(victims(plan(late(halfADayS)))).as("who waited so long has a tenth").isEmpty();
    forecasts.put("j", 800);
    assertThat(victims(plan(late(halfADayS)))).as("as any that is as short").isEqualTo("uv");
  }

  private ClusterSnapshot late(long nowS) {
    Gang gang = eight();
    ClusterSnapshot snapshot =
        snapshot(Picture.of("n1 u u u u\nn2 v v v v\nn3 z z"), NONE_UNDER_WAY, nowS, gang)
            .withOrders(
                Orders.DEFAULT.withLate(
                    ImmutableMap.of("", new Orders.LateTerms(0, Double.POSITIVE_INFINITY))))
            .withEvictionCosts(ImmutableMap.of(gang.id(), 62_000L));
    assertThat(snapshot.isLate(gang)).isTrue();
    return snapshot;
  }

  @Test
  void onlyWhenTheyAreDue() {
    forecasts.putAll(Map.of("j", 120, "v", 1800));
    due = false;
    assertThat(plan("n1 v v v v v v v v", eight()).evictions()).isEmpty();
  }

  @Test
  void nothingIsEvictedWhileGpusAreFree() {
    forecasts.putAll(Map.of("j", 120, "v", 100_000));
    Plan plan = plan("n1 v v . .\nn2 . . . .", gang("j").members(6, 1).build());
    assertThat(plan.placements()).hasSize(1);
    assertThat(plan.evictions()).isEmpty();
  }

  /** YARN-6863: who does not hold what is short is evicted for nothing. */
  @Test
  void everyVictimFreesTheScarceModel() {
    forecasts.putAll(Map.of("j", 120, "a", 100_000, "b", 100_000, "v", 100_000));
    String full = "n0#v100 v v v v\nn1#a100 a a a a\nn2#a100 b b b b";
    Gang typed = gang("j").types("a100").members(2, 4).build();
    assertThat(victims(plan(full, typed))).isEqualTo("ab");
    assertThat(victims(plan(full, gang("j").types("a100").members(2, 2).build()))).isEqualTo("a");
  }

  @Test
  void forTheFirstChoiceBeforeTheSecond() {
    forecasts.putAll(Map.of("j", 120, "a", 100_000, "v", 100_000));
    String full = "n0#v100 v v v v\nn1#a100 a a a a";
    assertThat(victims(plan(full, gang("j").types("a100", "v100").members(4, 1).build())))
        .isEqualTo("a");
    assertThat(victims(plan(full, gang("j").types("v100", "a100").members(4, 1).build())))
        .isEqualTo("v");
    assertThat(plan(full, gang("j").types("k80").members(4, 1).build()).evictions()).isEmpty();
  }

  @Test
  void noEvictionWithoutAReservationOfWhatItFrees() {
    // Members of three: v leaves two GPUs on each node, so j would not start.
    forecasts.putAll(Map.of("j", 120, "v", 100_000));
    Gang wide = gang("j").members(2, 3).build();
    assertThat(plan("n1 v v b\nn2 v v b", wide).evictions()).isEmpty();
    assertThat(victims(plan("n1 v v v\nn2 v v v", wide))).isEqualTo("v");
  }

  @Test
  void aVictimHasRunTenMinutesAndThreeTimesItsCost() {
    forecasts.putAll(Map.of("j", 10, "v", 100_000));
    String full = "n1 v v v v v v v v";
    terms.put("v", since(NOW_S - 599, 62));
    assertThat(victims(plan(full, eight()))).isEmpty();
    terms.put("v", since(NOW_S - 600, 62));
    assertThat(victims(plan(full, eight()))).isEqualTo("v");
    terms.put("v", since(NOW_S - 899, 300));
    assertThat(victims(plan(full, eight()))).isEmpty();
    terms.put("v", since(NOW_S - 900, 300));
    assertThat(victims(plan(full, eight()))).isEqualTo("v");
  }

  private static EvictionTerms since(long startS, int costS) {
    return new EvictionTerms(
        "root.a", 0, startS * 1000, OptionalLong.of(0), OptionalLong.empty(), costS * 1000L, 0);
  }

  @Test
  void aGangIsEvictedFiveTimesAtMost() {
    forecasts.putAll(Map.of("j", 10, "v", 100_000));
    terms.put(
        "v", new EvictionTerms("root.a", 0, 0, OptionalLong.of(0), OptionalLong.empty(), 0, 5));
    assertThat(plan("n1 v v v v v v v v", eight()).evictions()).isEmpty();
  }

  @Test
  void withoutACheckpointNobodyYieldsInItsOwnQueue() {
    forecasts.putAll(Map.of("j", 10, "v", 100_000));
    terms.put(
        "v", new EvictionTerms("root.a", 0, 0, OptionalLong.empty(), OptionalLong.empty(), 0, 0));
    assertThat(plan("n1 v v v v v v v v", eight()).evictions()).isEmpty();
  }

  @Test
  void ofHigherPriorityInItsQueueNobodyYields() {
    forecasts.putAll(Map.of("j", 10, "v", 100_000));
    terms.put(
        "v", new EvictionTerms("root.a", 1, 0, OptionalLong.of(0), OptionalLong.empty(), 0, 0));
    assertThat(plan("n1 v v v v v v v v", eight()).evictions()).isEmpty();
  }

  @Test
  void dearEvictionsTakeATenthOfTheGpusAndAtLeastEight() {
    assertThat(EvictionRules.DEFAULT.budget(512)).isEqualTo(51);
    assertThat(EvictionRules.DEFAULT.budget(40)).isEqualTo(8);
    forecasts.putAll(Map.of("j", 10, "k", 20, "v", 100_000, "w", 100_000));
    assertThat(both(costing(301)).evictions()).containsOnlyKeys(J);
    assertThat(both(costing(300)).evictions()).containsOnlyKeys(J, new GangId("k"));
  }

  /** v and w would each yield to j and k. */
  private Plan both(EvictionTerms termsOfBoth) {
    terms.put("v", termsOfBoth);
    terms.put("w", termsOfBoth);
    return plan(
        "n1 v v v v v\nn2 w w w w w",
        gang("j").members(5, 1).build(),
        gang("k").members(5, 1).submitted(1).build());
  }

  @Test
  void atMostFourTimesWhatIsNeededIsFreed() {
    forecasts.putAll(Map.of("j", 10, "v", 100_000));
    assertThat(plan("n1 v v v v v", gang("j").members(1, 1).build()).evictions()).isEmpty();
    assertThat(victims(plan("n1 v v v v", gang("j").members(1, 1).build()))).isEqualTo("v");
  }

  @Test
  void theLeastLossIsChosen() {
    // Four GPUs for 62 + 30 s are less than three for 400 + 30 s.
    forecasts.putAll(Map.of("j", 10, "v", 100_000, "w", 100_000));
    terms.put("w", costing(400));
    assertThat(victims(plan("n1 v v v v\nn2 w w w .", gang("j").members(3, 1).build())))
        .isEqualTo("v");
  }

  @Test
  void aWideGangTakesTheNodesThatAreEasiestToFree() {
    forecasts.putAll(Map.of("j", 10, "u", 9000, "v", 9000, "w", 9000));
    assertThat(victims(plan("n1 u u u u\nn2 v v . .\nn3 w w . .", gang("j").members(2, 4).build())))
        .isEqualTo("vw");
  }

  @Test
  void costlyEvictionsMustPay() {
    // j gains 1500 s; one victim loses 120 + 1200 s, two lose 2640 s.
    forecasts.putAll(Map.of("j", 120, "v", 1500, "w", 1500));
    terms.put("v", costing(1200));
    terms.put("w", costing(1200));
    Planner loose = Planner.predicted(new EvictionRules(10, 0.1, 8, 1, 3, 5, 4, 30_000, 1));
    assertThat(
            victims(
                loose.plan(
                    snapshot(
                        Picture.of("n1 v v v v v v v v"),
                        ImmutableSortedMap.of(),
                        NOW_S,
                        eight()))))
        .isEqualTo("v");
    assertThat(
            victims(
                loose.plan(
                    snapshot(
                        Picture.of("n1 v v v v w w w w"),
                        ImmutableSortedMap.of(),
                        NOW_S,
                        eight()))))
        .isEmpty();
  }

  /** root.a and root.b are guaranteed half of 8 GPUs each. */
  private void halves(int usedByA, int usedByB) {
    queues =
        ImmutableMap.of(
            "root", queue("root", "", 8, usedByA + usedByB),
            "root.a", queue("root.a", "root", 4, usedByA),
            "root.b", queue("root.b", "root", 4, usedByB));
  }

  private static Queue queue(String path, String parent, int guaranteed, int used) {
    return new Queue(
        path,
        parent,
        0,
        ImmutableMap.of("", new Queue.Share(gpus(guaranteed), gpus(8), gpus(used))));
  }

  private static Resources gpus(int count) {
    return new Resources(1000L * count, 10 * count, count);
  }

  private static EvictionTerms ofB(boolean saves) {
    return new EvictionTerms(
        "root.b",
        0,
        0,
        saves ? OptionalLong.of(0) : OptionalLong.empty(),
        OptionalLong.empty(),
        62_000,
        0);
  }

  @Test
  void aQueueGetsBackWhatItIsGuaranteedWhateverIndexSays() {
    halves(0, 8);
    forecasts.putAll(Map.of("j", 100_000, "v", 10, "w", 10));
    terms.put("v", ofB(false));
    terms.put("w", ofB(true));
    // Who loses no work goes first.
    assertThat(victims(plan("n1 v v v v w w w w", gang("j").members(4, 1).build()))).isEqualTo("w");
    terms.put("w", ofB(false));
    assertThat(victims(plan("n1 v v v v w w w w", gang("j").members(4, 1).build()))).hasSize(1);
  }

  @Test
  void noQueueFallsBelowWhatItIsGuaranteed() {
    halves(0, 8);
    forecasts.putAll(Map.of("j", 10, "v", 100_000));
    terms.put("v", ofB(true));
    assertThat(plan("n1 v v v v v v v v", gang("j").members(4, 1).build()).evictions()).isEmpty();
  }

  @Test
  void whatIsFreedIsHeldUntilTheGangStarts() {
    forecasts.putAll(Map.of("j", 120, "v", 1800, "x", 1));
    ImmutableSortedMap<GangId, Eviction> decided = plan("n1 v v v v v v v v", eight()).evictions();
    Gang other = gang("x").priority(9).members(1, 1).build();
    Picture halfFree = Picture.of("n1 v v v v . . . .");
    Plan waits = plan(snapshot(halfFree, decided, NOW_S + 30, eight(), other));
    assertThat(waits.placements()).isEmpty();
    assertThat(waits.evictions()).isEqualTo(decided);
    Picture free = Picture.of("n1 . . . . . . . .");
    Plan starts = plan(snapshot(free, decided, NOW_S + 60, eight(), other));
    assertThat(free.after(starts)).isEqualTo("n1 j j j j j j j j\n");
    assertThat(starts.evictions()).isEmpty();
  }

  @Test
  void aHoldEndsWithItsGang() {
    forecasts.putAll(Map.of("j", 120, "v", 1800, "x", 1));
    ImmutableSortedMap<GangId, Eviction> decided = plan("n1 v v v v v v v v", eight()).evictions();
    Plan plan =
        plan(
            snapshot(
                Picture.of("n1 v v v v . . . ."),
                decided,
                NOW_S + 30,
                gang("x").members(1, 1).build()));
    assertThat(plan.placements()).hasSize(1);
    assertThat(plan.evictions()).isEmpty();
  }

  @Test
  void aHoldExpiresTwoMinutesAfterTheLastVictim() {
    forecasts.putAll(Map.of("j", 120, "v", 1800, "o", 9000, "x", 1));
    due = false;
    Eviction eviction = plan2();
    Picture othersCame = Picture.of("n1 o . . . . . . .");
    Gang other = gang("x").members(1, 1).build();
    Plan gone = plan(snapshot(othersCame, held(eviction), NOW_S + 60, eight(), other));
    assertThat(gone.evictions().get(J).untilMs()).hasValue((NOW_S + 180) * 1000);
    assertThat(gone.placements()).isEmpty();
    Plan stays = plan(snapshot(othersCame, gone.evictions(), NOW_S + 179, eight(), other));
    assertThat(stays.placements()).isEmpty();
    Plan expired = plan(snapshot(othersCame, gone.evictions(), NOW_S + 180, eight(), other));
    assertThat(expired.evictions()).isEmpty();
    assertThat(expired.placements()).hasSize(1);
  }

  /** It held what others could use, for as long as its victim ran elsewhere. */
  @Test
  void aHoldExpiresThoughItsVictimHasStartedAnew() {
    forecasts.putAll(Map.of("j", 120, "v", 1800, "o", 9000, "x", 1));
    Eviction gone = plan2().until((NOW_S + 180) * 1000);
    Picture anew = Picture.of("n1 o . . . . . . .\nn2 v v v v v v v v");
    Gang other = gang("x").members(1, 1).build();
    assertThat(plan(snapshot(anew, held(gone), NOW_S + 179, eight(), other)).placements())
        .isEmpty();
    Plan expired = plan(snapshot(anew, held(gone), NOW_S + 180, eight(), other));
    assertThat(expired.evictions()).isEmpty();
    assertThat(expired.placements()).hasSize(1);
  }

  private Eviction plan2() {
    due = true;
    Eviction eviction = plan("n1 v v v v v v v v", eight()).evictions().firstEntry().getValue();
    due = false;
    return eviction;
  }

  private static ImmutableSortedMap<GangId, Eviction> held(Eviction eviction) {
    return ImmutableSortedMap.of(eviction.gang(), eviction);
  }

  @Test
  void whoIsEvictedAlreadyIsNotTakenForAnother() {
    forecasts.putAll(Map.of("j", 120, "k", 100, "v", 1800));
    ImmutableSortedMap<GangId, Eviction> decided = plan("n1 v v v v v v v v", eight()).evictions();
    Gang more = gang("k").members(8, 1).build();
    Plan plan = plan(snapshot(Picture.of("n1 v v v v v v v v"), decided, NOW_S, eight(), more));
    assertThat(plan.evictions()).isEqualTo(decided);
  }

  @Test
  void costIsWorkSinceTheLastCheckpointAndTheRestart() {
    OptionalLong hour = OptionalLong.of(3_600_000);
    OptionalLong unknown = OptionalLong.empty();
    assertThat(new EvictionTerms("q", 0, 0, hour, unknown, 62_000, 0).costMs(10_000_000))
        .isEqualTo(1_862_000);
    assertThat(
            new EvictionTerms("q", 0, 0, hour, OptionalLong.of(9_000_000), 62_000, 0)
                .costMs(10_000_000))
        .isEqualTo(1_062_000);
    assertThat(new EvictionTerms("q", 0, 0, hour, unknown, 62_000, 0).costMs(100_000))
        .isEqualTo(162_000);
    assertThat(new EvictionTerms("q", 0, 0, unknown, unknown, 62_000, 0).costMs(10_000_000))
        .isEqualTo(10_062_000);
  }
}
