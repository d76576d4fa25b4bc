package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Arrays;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.testing.Gangs;
import org.yarngpu.testing.Picture;

/** Each law, on a plan that breaks it and no other. */
class PlanLawsTest {
  private static final Gang PAIR = gang("g").members(2, 1).build();

  private static Member member(String node) {
    return new Member(new AskKey(0, 0), new Resources(1000, 1, 1), new NodeId(node));
  }

  private static Placement placement(String gang, Member... members) {
    return new Placement(new GangId(gang), "", ImmutableList.copyOf(members));
  }

  private static Plan plan(Placement... placements) {
    return plan(ImmutableSortedMap.of(), placements);
  }

  private static Plan plan(
      ImmutableSortedMap<String, Reservation> reservations, Placement... placements) {
    return new Plan(
        ImmutableList.copyOf(placements),
        reservations,
        ImmutableSortedMap.of(
            new GangId("b"), new Rejection(Reason.FRAGMENTED, "x"),
            new GangId("g"), new Rejection(Reason.FRAGMENTED, "x")));
  }

  private static ImmutableSortedMap<String, Reservation> held(
      String key, String gang, String node, int gpus) {
    return ImmutableSortedMap.of(
        key,
        new Reservation(
            new GangId(gang),
            "",
            ImmutableSortedMap.of(new NodeId(node), new Resources(1000L * gpus, gpus, gpus))));
  }

  private static AbstractStringAssert<?> assertBroken(Plan plan, ClusterSnapshot snapshot) {
    return assertThat(PlanLaws.violations(plan, snapshot)).singleElement().asString();
  }

  private static ClusterSnapshot free(Gangs... gangs) {
    return Picture.of("n1 x . .").with(Arrays.stream(gangs).map(Gangs::build).toArray(Gang[]::new));
  }

  private static ClusterSnapshot free(Gang gang) {
    return Picture.of("n1 x . .").with(gang);
  }

  @Test
  void aGangThatNamesModelsIsOnOneOfThem() {
    ClusterSnapshot snapshot =
        Picture.of("n1#a100 .\nn2#v100 .\nn3#t4 . .")
            .with(gang("g").types("a100", "v100").members(2, 1).build());
    assertBroken(plan(placement("g", member("n1"), member("n2"))), snapshot)
        .contains("may run on one of [a100, v100]");
    assertBroken(plan(placement("g", member("n3"), member("n3"))), snapshot)
        .contains("may run on one of [a100, v100]");
  }

  @Test
  void aGoodPlanBreaksNone() {
    assertThat(PlanLaws.violations(plan(placement("g", member("n1"), member("n1"))), free(PAIR)))
        .isEmpty();
    assertThat(PlanLaws.violations(Planner.priority().plan(free(PAIR)), free(PAIR))).isEmpty();
  }

  @Test
  void allOrNothing() {
    assertBroken(plan(placement("g", member("n1"))), free(PAIR)).contains("all or nothing is 2");
  }

  @Test
  void furtherMembersComeOneByOne() {
    Gangs growing = gang("g").members(4, 1).minimum(1);
    Placement one = placement("g", member("n1"));
    assertThat(PlanLaws.violations(plan(one, one), Picture.of("n1 . . . .").with(growing.build())))
        .isEmpty();
    assertBroken(
            plan(one, placement("g", member("n1"), member("n1"))),
            Picture.of("n1 . . . .").with(growing.build()))
        .contains("gets 2 members, but all or nothing is 1");
  }

  @Test
  void noMemberTwice() {
    Gangs growing = gang("g").members(1, 1);
    Placement one = placement("g", member("n1"));
    assertBroken(plan(one, one), free(growing)).contains("did not ask for");
  }

  @Test
  void onlyWhoWaitsIsPlaced() {
    assertBroken(plan(placement("h", member("n1"), member("n1"))), free(PAIR))
        .contains("does not wait");
  }

  @Test
  void onlyWhatWasAskedForIsPlaced() {
    Member larger = new Member(new AskKey(0, 0), new Resources(1000, 1, 2), new NodeId("n1"));
    assertBroken(plan(placement("g", larger)), free(gang("g").members(1, 1)))
        .contains("did not ask for");
    Member otherKey = new Member(new AskKey(7, 0), member("n1").size(), new NodeId("n1"));
    assertBroken(plan(placement("g", otherKey)), free(gang("g").members(1, 1)))
        .contains("did not ask for");
  }

  @Test
  void noGangStartsThatMayNot() {
    assertBroken(
            plan(placement("g", member("n1"))),
            free(gang("g").members(1, 1).limit(new Rejection(Reason.USER_AT_LIMIT, "x"))))
        .contains("may not start");
    assertBroken(
        plan(placement("g", member("n1"), member("n1"))),
        Picture.of("n1 x . .").with(gang("g").members(2, 1).minimum(2).build()),
        gang("g").members(2, 1).minimum(3));
  }

  private static void assertBroken(Plan plan, ClusterSnapshot complete, Gangs incomplete) {
    assertThat(PlanLaws.violations(plan, complete)).isEmpty();
    assertThat(PlanLaws.violations(plan, free(incomplete)))
        .anyMatch(violation -> violation.contains("may not start"));
  }

  @Test
  void noNodeIsUsedThatTheGangMayNotUse() {
    Plan plan = plan(placement("g", member("n1")));
    for (ClusterSnapshot snapshot :
        new ClusterSnapshot[] {
          Picture.of("n2 .").with(gang("g").members(1, 1).build()),
          Picture.of("n1 -").with(gang("g").members(1, 1).build()),
          Picture.of("n1@big .").with(gang("g").members(1, 1).build()),
          Picture.of("n1 .").with(gang("g").members(1, 1).excludes("n1").build())
        }) {
      assertBroken(plan, snapshot).contains("on n1, which it may not");
    }
  }

  @Test
  void noNodeGivesMoreThanItHas() {
    assertBroken(
            plan(placement("g", member("n1"), member("n1"))), Picture.of("n1 x x .").with(PAIR))
        .contains("free but gets");
  }

  @Test
  void whatIsHeldGoesToNobodyElse() {
    Gang head = gang("b").members(3, 1).build();
    Gang small = gang("g").members(1, 1).build();
    ImmutableSortedMap<String, Reservation> held = held("", "b", "n1", 3);
    ClusterSnapshot snapshot = Picture.of("n1 x . .").with(held, head, small);
    assertBroken(plan(held, placement("g", member("n1"))), snapshot).contains("but others get");
    assertThat(PlanLaws.violations(plan(placement("g", member("n1"))), snapshot)).isEmpty();
  }

  @Test
  void aReservationIsForAGangThatWaits() {
    assertBroken(plan(held("", "h", "n1", 1)), free(PAIR)).contains("which does not wait");
  }

  @Test
  void aReservationStandsUnderItsPartition() {
    assertBroken(plan(held("big", "g", "n1", 1)), free(PAIR)).contains("another partition");
  }

  @Test
  void aReservationHoldsNoMoreThanItsNodeHas() {
    assertBroken(plan(held("", "g", "n1", 9)), free(PAIR)).contains("a reservation holds");
    assertBroken(plan(held("", "g", "n2", 1)), free(PAIR)).contains("a reservation holds");
  }

  @Test
  void whoeverWaitsIsToldWhy() {
    Plan silent = new Plan(ImmutableList.of(), ImmutableSortedMap.of(), ImmutableSortedMap.of());
    assertBroken(silent, free(PAIR)).contains("g waits and is not told why");
  }
}
