package org.yarngpu.planner;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;
import org.yarngpu.testing.Picture;

/** Loans and their recall. Capital letters stand for lent GPUs; x, y and z have no others. */
class LoanPassTest {
  private static final long NOW_MS = 3_600_000;
  private static final GangId X = new GangId("x");

  private final Map<String, OptionalLong> checkpointsMs = new HashMap<>();
  private final Map<String, Long> savedMs = new HashMap<>();
  private final Map<GangId, Forecast> forecasts = new HashMap<>();
  private final Map<GangId, Loans.Surplus> surplus = new HashMap<>();
  private final Map<GangId, Elastic> elastic = new HashMap<>();
  private ImmutableSortedMap<GangId, Eviction> underWay = ImmutableSortedMap.of();
  private ImmutableSortedSet<NodeId> resting = ImmutableSortedSet.of();
  private int lendable = 8;
  private int standby;

  private static boolean borrows(GangId gang) {
    return "xyz".contains(gang.value());
  }

  private ClusterSnapshot snapshot(String text, Gang... waiting) {
    Picture picture = Picture.of(text);
    ClusterSnapshot plain = picture.with(waiting);
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    TreeMap<GangId, Loans.Borrower> borrowers = new TreeMap<>();
    for (RunningGang gang : picture.running()) {
      String name = gang.id().value();
      EvictionTerms terms =
          new EvictionTerms(
              "root.a",
              0,
              0,
              checkpointsMs.getOrDefault(name, OptionalLong.of(600_000)),
              savedMs.containsKey(name) ? OptionalLong.of(savedMs.get(name)) : OptionalLong.empty(),
              62_000,
              0);
      running.add(
          new RunningGang(
              gang.id(),
              gang.members(),
              0,
              Optional.of(terms),
              Optional.ofNullable(elastic.get(gang.id()))));
      addBorrower(gang.id(), borrowers);
    }
    for (Gang gang : waiting) {
      addBorrower(gang.id(), borrowers);
    }
    return new ClusterSnapshot(
        NOW_MS,
        true,
        plain.nodes(),
        plain.queues(),
        plain.gangs(),
        plain.reservations(),
        running.build(),
        ImmutableMap.copyOf(forecasts),
        ImmutableSortedMap.of(),
        underWay,
        false,
        Orders.DEFAULT,
        new Loans(
            ImmutableSortedMap.copyOf(borrowers),
            ImmutableSortedMap.copyOf(surplus),
            ImmutableSortedMap.of("", lendable),
            ImmutableSortedMap.of("", standby),
            resting),
        ImmutableMap.of());
  }

  private void addBorrower(GangId gang, Map<GangId, Loans.Borrower> borrowers) {
    if (borrows(gang)) {
      borrowers.put(
          gang,
          new Loans.Borrower(checkpointsMs.getOrDefault(gang.value(), OptionalLong.of(600_000))));
    }
  }

  private Plan plan(String picture, Gang... waiting) {
    ClusterSnapshot snapshot = snapshot(picture, waiting);
    Plan plan = Planner.predicted().plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    return plan;
  }

  private static String calledBack(Plan plan, String gang) {
    Eviction eviction = plan.evictions().get(new GangId(gang));
    return eviction == null
        ? ""
        : String.join("", eviction.victims().stream().map(GangId::value).toList());
  }

  private static Gang borrower(int members) {
    return gang("x").members(members, 1).build();
  }

  @Test
  void aBorrowerStartsWholeOnGpusThatNobodyElseStartsOn() {
    String before = "n1 s s . .\nn2 . . . .";
    Plan plan = plan(before, gang("g").members(4, 1).build(), borrower(2));
    assertThat(Picture.of(before).after(plan)).isEqualTo("n1 s s X X\nn2 g g g g\n");
  }

  @Test
  void noQueueMaximumHoldsABorrowerBack() {
    Gang wide = gang("x").members(3, 1).queue("root.full").build();
    ClusterSnapshot plain = snapshot("n1 s . . .", wide);
    Queue.Share nothing =
        new Queue.Share(Resources.NONE, new Resources(1000, 1, 1), Resources.NONE);
    ClusterSnapshot small =
        new ClusterSnapshot(
            plain.nowMs(),
            true,
            plain.nodes(),
            ImmutableMap.of(
                "root.full", new Queue("root.full", "", 0, ImmutableMap.of("", nothing))),
            plain.gangs(),
            plain.reservations());
    Plan owned = Planner.predicted().plan(small);
    assertThat(owned.rejections().get(X).reason()).isEqualTo(Reason.ABOVE_QUEUE_MAXIMUM);
    assertThat(Planner.predicted().plan(small.withLoans(plain.loans())).placements()).hasSize(1);
  }

  @Test
  void noMoreIsLentThanMayBe() {
    lendable = 3;
    assertThat(plan("n1 s . . .", borrower(3)).placements()).hasSize(1);
    lendable = 2;
    Plan plan = plan("n1 s . . .", borrower(3));
    assertThat(plan.placements()).isEmpty();
    assertThat(plan.rejections().get(X).reason()).isEqualTo(Reason.NO_LOAN_NOW);
    assertThat(plan.rejections().get(X).detail())
        .contains("needs 3 GPUs, but of 2 that may be lent 0 are");
  }

  @Test
  void theReserveIsForWhoMayBeKilledAtOnce() {
    lendable = 1;
    standby = 2;
    assertThat(plan("n1 . . . .", borrower(2)).placements()).isEmpty();
    checkpointsMs.put("x", OptionalLong.of(1000));
    assertThat(plan("n1 . . . .", borrower(3)).placements()).hasSize(1);
    assertThat(plan("n1 . . . .", borrower(4)).rejections().get(X).detail())
        .contains("needs 4 GPUs, but of 3 that may be lent 0 are");
  }

  @Test
  void whoHoldsTheReserveLeavesTheRestToOthers() {
    lendable = 1;
    standby = 2;
    checkpointsMs.put("y", OptionalLong.of(1000));
    assertThat(plan("n1 Y Y . .", borrower(1)).placements()).hasSize(1);
    assertThat(plan("n1 Y Y Y .", borrower(1)).placements()).as("all is lent").isEmpty();
    assertThat(plan("n1 Z . . .", borrower(1)).placements()).as("no reserve for x").isEmpty();
  }

  @Test
  void theReserveIsCalledBackFirst() {
    checkpointsMs.put("y", OptionalLong.of(1000));
    savedMs.put("x", NOW_MS - 1000);
    Plan plan = plan("n1 s X X\nn2 s Y Y", gang("g").members(2, 1).build());
    assertThat(calledBack(plan, "g")).as("y has no grace, in which its GPUs idle").isEqualTo("y");
  }

  @Test
  void whatIsLentAlreadyCounts() {
    lendable = 4;
    assertThat(plan("n1 Y Y Y . . .", borrower(2)).placements()).isEmpty();
    assertThat(plan("n1 Y Y Y . . .", borrower(1)).placements()).hasSize(1);
  }

  @Test
  void oneSampleNeverEndsAllLoans() {
    lendable = 0;
    Plan plan = plan("n1 Y Y Y Y . .", borrower(1));
    assertThat(plan.evictions()).as("who runs stays until the GPUs are asked for").isEmpty();
    assertThat(plan.placements()).isEmpty();
  }

  @Test
  void aNodeThatWasCalledBackLatelyLendsNothingNew() {
    resting = ImmutableSortedSet.of(new NodeId("n1"));
    String before = "n1 . .\nn2 . .";
    assertThat(Picture.of(before).after(plan(before, borrower(2)))).isEqualTo("n1 . .\nn2 X X\n");
  }

  @Test
  void aBorrowerSavesItsWorkOftenOrIsDoneSoon() {
    checkpointsMs.put("x", OptionalLong.of(900_000));
    assertThat(plan("n1 . .", borrower(1)).placements()).hasSize(1);
    checkpointsMs.put("x", OptionalLong.of(900_001));
    assertThat(plan("n1 . .", borrower(1)).placements()).isEmpty();
    forecasts.put(X, new Forecast(1_800_000, 3_600_000, 1_800_000));
    assertThat(plan("n1 . .", borrower(1)).placements()).hasSize(1);
    forecasts.put(X, new Forecast(1_800_000, 3_600_001, 1_800_000));
    assertThat(plan("n1 . .", borrower(1)).rejections().get(X).detail()).contains("gpu.checkpoint");
  }

  @Test
  void whoOwnsTheGpusGetsThemBackAtOnceThoughNoEvictionIsDue() {
    Plan plan = plan("n1 s s X X", gang("s2").members(2, 1).build());
    assertThat(calledBack(plan, "s2")).isEqualTo("x");
    assertThat(plan.placements()).as("not before they are free").isEmpty();
  }

  @Test
  void nothingIsCalledBackWhileGpusAreFree() {
    Plan plan = plan("n1 s X X .", gang("g").members(1, 1).build());
    assertThat(plan.placements()).hasSize(1);
    assertThat(plan.evictions()).isEmpty();
  }

  @Test
  void nothingIsCalledBackForWhoWouldNotStart() {
    assertThat(plan("n1 s s X X", gang("g").members(3, 1).build()).evictions()).isEmpty();
  }

  @Test
  void theLeastCostIsExactWhereGreedIsNot() {
    // GPUs x cost: x 3 x 100 s, y 2 x 110 s, z 4 x 120 s, beside the grace of 30 s.
    savedMs.putAll(Map.of("x", NOW_MS - 38_000, "y", NOW_MS - 48_000, "z", NOW_MS - 58_000));
    Plan plan = plan("n1 X X X\nn2 Y Y\nn3 Z Z Z Z", gang("g").members(4, 1).build());
    assertThat(calledBack(plan, "g")).as("x and y would be cheaper first").isEqualTo("z");
  }

  @Test
  void aServiceGetsAllItsMembersByOneRecall() {
    Gang service = gang("s").members(3, 1).minimum(1).build();
    Plan plan = plan("n1 X X Y Y", service);
    assertThat(calledBack(plan, "s")).isEqualTo("xy");
    underWay = plan.evictions();
    Plan half = plan("n1 . . Y Y", service);
    assertThat(half.placements()).as("what is free starts").hasSize(2);
    assertThat(Picture.held(half.evictions().get(new GangId("s")).hold())).isEqualTo("n1 +\n");
  }

  @Test
  void aServiceTakesWhatIsFreeAndCallsBackTheRest() {
    Plan plan = plan("n1 X X . .", gang("s").members(3, 1).minimum(1).build());
    assertThat(plan.placements()).hasSize(2);
    assertThat(calledBack(plan, "s")).isEqualTo("x");
    assertThat(Picture.held(plan.evictions().get(new GangId("s")).hold())).isEqualTo("n1 +\n");
  }

  @Test
  void borrowersNeverCallBackNorEvict() {
    assertThat(plan("n1 Y Y Y Y", borrower(2)).evictions()).isEmpty();
  }

  /** The elastic gang e, which owns some of its members and may run up to {@code maximum}. */
  private Gang elastic(int width, int ownMaximum, int maximum, long growsFromMs) {
    GangId id = new GangId("e");
    surplus.put(id, new Loans.Surplus(maximum));
    elastic.put(id, new Elastic(width, 2, ownMaximum, growsFromMs));
    return gang("e")
        .members(maximum - width, 1)
        .minimum(1)
        .elastic(width, ownMaximum, growsFromMs)
        .phase(Gang.Phase.GROWING)
        .build();
  }

  private static Map<NodeId, Integer> lost(Plan plan, String gang, String from) {
    Map<NodeId, Integer> lost = new TreeMap<>();
    requireNonNull(
            requireNonNull(plan.evictions().get(new GangId(gang))).shrinks().get(new GangId(from)))
        .members()
        .forEach(
            member -> {
              assertThat(member.lent()).isTrue();
              lost.merge(member.node(), 1, Integer::sum);
            });
    return lost;
  }

  @Test
  void anElasticGangWidensOntoLentGpusWhereItMayHaveNoMoreOfItsOwn() {
    lendable = 3;
    String before = "n1 e e . .\nn2 . . . .";
    assertThat(Picture.of(before).after(plan(before, elastic(2, 2, 8, 0))))
        .isEqualTo("n1 e e E E\nn2 E . . .\n");
  }

  @Test
  void surplusOnLoanCountsAndEndsAtWhatIsOfUse() {
    lendable = 3;
    String before = "n1 e e E . .";
    assertThat(Picture.of(before).after(plan(before, elastic(3, 3, 8, 0))))
        .isEqualTo("n1 e e E E E\n");
    lendable = 2;
    assertThat(Picture.of(before).after(plan(before, elastic(3, 3, 8, 0))))
        .isEqualTo("n1 e e E E .\n");
    lendable = 8;
    assertThat(Picture.of(before).after(plan(before, elastic(3, 3, 4, 0))))
        .isEqualTo("n1 e e E E .\n");
  }

  @Test
  void whoWidensIsToldHowMuchOfItIsOnLoan() {
    assertThat(plan("n1 e e E s", elastic(3, 3, 8, 0)).rejections().get(new GangId("e")).detail())
        .isEqualTo(
            "it runs with 3 of at most 3 members, 1 of them on lent GPUs, and gets more when GPUs"
                + " are idle");
  }

  @Test
  void ownGpusComeFirstAndOnlyOneChangeInACycle() {
    String before = "n1 e e . . .";
    assertThat(Picture.of(before).after(plan(before, elastic(2, 3, 8, 0))))
        .isEqualTo("n1 e e e . .\n");
  }

  @Test
  void nothingIsLentToSurplusBeforeItsTimeOrWhileAGangWaitsToBorrow() {
    assertThat(plan("n1 e e . .", elastic(2, 2, 8, NOW_MS + 1)).placements()).isEmpty();
    Plan plan = plan("n1 e e . .", elastic(2, 2, 8, 0), borrower(3));
    assertThat(plan.placements()).isEmpty();
  }

  @Test
  void aRecallTakesNoMoreOfTheSurplusThanItNeeds() {
    elastic(4, 2, 8, 0);
    Plan plan = plan("n1 e e E E", gang("g").members(1, 1).build());
    assertThat(lost(plan, "g", "e")).containsExactly(Map.entry(new NodeId("n1"), 1));
    assertThat(plan.evictions().get(new GangId("g")).victims()).isEmpty();
    assertThat(plan.evictions().get(new GangId("g")).shrinks().get(new GangId("e")).width())
        .isEqualTo(3);
    underWay = plan.evictions();
    assertThat(plan("n1 e e E E", elastic(4, 2, 8, 0)).placements()).as("it yields").isEmpty();
  }

  @Test
  void aRecallTakesWhatAnOwnGpuCouldNotGive() {
    elastic(4, 2, 8, 0);
    savedMs.put("x", NOW_MS);
    savedMs.put("e", NOW_MS - 600_000);
    Plan plan = plan("n1 e e E E\nn2 X X s s", gang("g").members(1, 2).build());
    assertThat(calledBack(plan, "g")).as("what costs less").isEqualTo("x");
    assertThat(plan.evictions().get(new GangId("g")).shrinks()).isEmpty();
  }

  /** Its other members wait then, as after a lost node. */
  @Test
  void aRecallEndsThoughTheGangHasLostMembersOfItsOwn() {
    elastic(3, 2, 8, 0);
    Plan plan = plan("n1 e E E .\nn2 s s s s", gang("g").members(3, 1).build());
    assertThat(lost(plan, "g", "e")).containsExactly(Map.entry(new NodeId("n1"), 2));
  }
}
