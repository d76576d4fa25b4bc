package org.yarngpu.sim.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.yarngpu.journal.Cycle;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.PolicyName;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Resources;
import org.yarngpu.planner.Planner;
import org.yarngpu.sim.QueueFileException;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.replay.Change.Kind;
import org.yarngpu.testing.Picture;

class ReplayTest {
  private static final Planner PLANNER = Planner.priority();
  private static final Path FILE = Path.of("capacity-scheduler.xml");

  private static final String CLUSTER =
      """
      n1 x . . .
      n2 . . . .
      """;

  private static ClusterSnapshot snapshot(ImmutableMap<String, Queue> queues, Gang... gangs) {
    ClusterSnapshot picture = Picture.of(CLUSTER).with(gangs);
    return new ClusterSnapshot(
        0, true, picture.nodes(), queues, picture.gangs(), picture.reservations());
  }

  /** Two queues under root, with maxima in GPUs of the 8. */
  private static ImmutableMap<String, Queue> queues(int maximumA, int maximumB) {
    return ImmutableMap.of(
        "root", queue("root", "", 8, 1),
        "root.a", queue("root.a", "root", maximumA, 1),
        "root.b", queue("root.b", "root", maximumB, 0));
  }

  private static Queue queue(String path, String parent, int maximum, int used) {
    return new Queue(
        path,
        parent,
        0,
        ImmutableMap.of(
            "", new Queue.Share(gpus(path.equals("root") ? 8 : 4), gpus(maximum), gpus(used))));
  }

  private static Resources gpus(int count) {
    return new Resources(1000L * count, 10 * count, count);
  }

  private static QueueTree tree(double maximumA, double maximumB) {
    return new QueueTree(
        ImmutableList.of(
            new QueueTree.Node("root", "", false, 1, 1, 0),
            new QueueTree.Node("root.a", "root", true, 0.5, maximumA, 0),
            new QueueTree.Node("root.b", "root", true, 0.5, maximumB, 0)));
  }

  private static Cycle decided(ClusterSnapshot snapshot) {
    return decided(snapshot, PLANNER.plan(snapshot));
  }

  private static Cycle decided(ClusterSnapshot snapshot, Plan plan) {
    return Cycle.decided(812, PolicyName.PRIORITY, snapshot, plan, ImmutableList.of(), 1);
  }

  private static ImmutableList<Change> withQueues(QueueTree tree, Cycle cycle) throws Exception {
    return Replay.with(Optional.of(new OtherQueues(FILE, tree)), Optional.empty())
        .of(cycle)
        .changes();
  }

  @Test
  void whatWasDecidedIsDecidedAgain() throws Exception {
    Cycle cycle =
        decided(
            snapshot(
                queues(8, 8),
                gang("a").members(3, 2).build(),
                gang("b").members(4, 1).queue("root.b").build()));
    CycleChanges changes = Replay.exact().of(cycle);
    assertThat(changes.changes()).isEmpty();
    assertThat(changes.number()).isEqualTo(812);
  }

  @Test
  void aDigitOfAnExplanationIsADifference() throws Exception {
    ClusterSnapshot snapshot = snapshot(queues(8, 8), gang("a").members(8, 1).build());
    Plan plan = PLANNER.plan(snapshot);
    GangId id = new GangId("a");
    Rejection was = new Rejection(plan.rejections().get(id).reason(), "other numbers");
    Plan other = new Plan(plan.placements(), plan.reservations(), ImmutableSortedMap.of(id, was));
    assertThat(Replay.exact().of(decided(snapshot, other)).changes())
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.kind()).isEqualTo(Kind.DETAIL);
              assertThat(change.before()).contains("other numbers");
            });
  }

  @Test
  void theOrderOfPlacementsIsADifference() throws Exception {
    ClusterSnapshot snapshot =
        snapshot(
            queues(8, 8),
            gang("a").members(1, 1).build(),
            gang("b").members(1, 1).queue("root.b").build());
    Plan plan = PLANNER.plan(snapshot);
    Plan reversed = new Plan(plan.placements().reverse(), plan.reservations(), plan.rejections());
    assertThat(Replay.exact().of(decided(snapshot, reversed)).changes())
        .extracting(Change::kind)
        .containsExactly(Kind.ORDER);
  }

  @Test
  void aGangThatStartedThoughItShouldWaitAndAReservationAreNamed() throws Exception {
    ClusterSnapshot snapshot = snapshot(queues(8, 8), gang("a").members(8, 1).build());
    Plan nothing = new Plan(ImmutableList.of(), ImmutableSortedMap.of(), ImmutableSortedMap.of());
    assertThat(Replay.exact().of(decided(snapshot, nothing)).changes())
        .containsExactly(
            new Change(
                Kind.REASON,
                "a",
                "root.a",
                "is not told why it waits",
                "waits, " + PLANNER.plan(snapshot).rejections().get(new GangId("a"))),
            new Change(
                Kind.RESERVATION,
                "a",
                "root.a",
                "nothing is held",
                "8 GPUs are held for a: n1 4, n2 4"));
  }

  @Test
  void equalQueuesChangeNothing() throws Exception {
    Cycle cycle =
        decided(
            snapshot(
                queues(4, 8),
                gang("a").members(5, 1).build(),
                gang("b").members(4, 1).queue("root.b").build()));
    assertThat(withQueues(tree(0.5, 1), cycle)).isEmpty();
  }

  @Test
  void aLargerMaximumLetsAGangStart() throws Exception {
    Cycle cycle = decided(snapshot(queues(4, 8), gang("a").members(4, 1).build()));
    assertThat(withQueues(tree(1, 1), cycle))
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.kind()).isEqualTo(Kind.STARTS);
              assertThat(change.queue()).isEqualTo("root.a");
              assertThat(change.before()).startsWith("waits, QUEUE_AT_MAXIMUM: ");
              assertThat(change.now()).isEqualTo("starts on n2 x4");
            });
  }

  @Test
  void aSmallerMaximumLetsAGangWait() throws Exception {
    Cycle cycle = decided(snapshot(queues(8, 8), gang("a").members(4, 1).build()));
    assertThat(withQueues(tree(0.5, 1), cycle))
        .singleElement()
        .satisfies(
            change -> {
              assertThat(change.kind()).isEqualTo(Kind.WAITS);
              assertThat(change.before()).isEqualTo("starts on n2 x4");
              assertThat(change.now()).startsWith("waits, QUEUE_AT_MAXIMUM: ");
            });
  }

  @Test
  void aMaximumBelowTheGangRefusesIt() throws Exception {
    Cycle cycle =
        decided(
            snapshot(
                queues(8, 8),
                gang("starts").members(5, 1).build(),
                gang("waits").members(5, 1).build()));
    assertThat(withQueues(tree(0.5, 1), cycle))
        .filteredOn(change -> change.kind() != Kind.RESERVATION)
        .extracting(Change::kind, Change::subject)
        .containsExactly(tuple(Kind.REFUSED, "starts"), tuple(Kind.REFUSED, "waits"));
  }

  @Test
  void queuesThatTheFileLacksAreAllNamed() {
    Cycle cycle =
        decided(
            snapshot(
                queues(8, 8),
                gang("a").members(1, 1).build(),
                gang("b").members(1, 1).queue("root.b").build()));
    assertThatThrownBy(() -> withQueues(QueueTree.SINGLE, cycle))
        .isInstanceOf(QueueFileException.class)
        .hasMessageStartingWith("capacity-scheduler.xml lacks queues")
        .hasMessageContaining(": root.a, root.b. Maybe");
  }

  @Test
  void aFailureThatComesAgainIsADifferenceAndOneThatDoesNotIsNone() throws Exception {
    ClusterSnapshot good = snapshot(queues(8, 8), gang("a").members(1, 1).build());
    ClusterSnapshot bad =
        snapshot(queues(8, 8), gang("a").members(1, 1).queue("root.none").build());
    assertThat(Replay.exact().of(failed(good)).changes()).isEmpty();
    assertThat(Replay.exact().of(failed(bad)).changes())
        .containsExactly(
            new Change(
                Kind.FAILS,
                "planning",
                "",
                "fails: java.lang.Exception: then",
                "fails: java.lang.IllegalStateException: queue root.none is not in the snapshot"));
  }

  private static Cycle failed(ClusterSnapshot snapshot) {
    return Cycle.failed(
        1, PolicyName.PRIORITY, snapshot, Optional.empty(), "java.lang.Exception: then");
  }

  @Test
  void aGangThatWinsInManyCyclesCountsOnce() {
    Tally tally = new Tally();
    Change wins = new Change(Kind.STARTS, "g", "root.a", "", "");
    Change loses = new Change(Kind.WAITS, "h", "root.b", "", "");
    Change refused = new Change(Kind.REFUSED, "i", "root.b", "", "");
    tally.add(new CycleChanges(1, 0, ImmutableList.of(wins, loses, refused)));
    tally.add(new CycleChanges(2, 0, ImmutableList.of(wins)));
    tally.add(new CycleChanges(3, 0, ImmutableList.of()));
    assertThat(tally.byQueue())
        .containsExactly(
            entry("root.a", new Tally.Gangs(1, 0, 0)), entry("root.b", new Tally.Gangs(0, 1, 1)));
    assertThat(tally.cycles()).isEqualTo(3);
    assertThat(tally.differing()).isEqualTo(2);
  }
}
