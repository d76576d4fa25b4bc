package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Cure;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.policy.order.CapacityOrder;
import org.yarngpu.testing.Gangs;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Seeded;

/** Laws over small random clusters; a failure names its seed. */
class PlannerLawsTest {
  private final Planner planner = new Planner(new CapacityOrder());

  private static String anyPicture(SplittableRandom random) {
    StringBuilder picture = new StringBuilder();
    int nodes = random.nextInt(1, 7);
    for (int n = 0; n < nodes; n++) {
      picture.append("r").append(n % 2).append("/n").append(n);
      int gpus = random.nextInt(1, 9);
      for (int g = 0; g < gpus; g++) {
        picture.append(random.nextInt(3) == 0 ? " x" : " .");
      }
      picture.append('\n');
    }
    return picture.toString();
  }

  private static Gang[] anyGangs(SplittableRandom random) {
    Gang[] gangs = new Gang[random.nextInt(1, 7)];
    for (int i = 0; i < gangs.length; i++) {
      Gangs gang = gang("g" + i).submitted(random.nextInt(4)).priority(random.nextInt(3));
      int roles = random.nextInt(1, 3);
      int members = 0;
      for (int role = 0; role < roles; role++) {
        int count = random.nextInt(1, 5);
        members += count;
        gang.members(count, random.nextInt(1, 5));
      }
      if (random.nextInt(3) == 0) {
        gang.minimum(random.nextInt(1, members + 1));
      }
      if (random.nextInt(5) == 0) {
        gang.phase(Gang.Phase.REPLACING);
      }
      if (random.nextInt(4) == 0) {
        gang.excludes("n" + random.nextInt(6));
      }
      gangs[i] = gang.build();
    }
    return gangs;
  }

  private ClusterSnapshot anySnapshot(SplittableRandom random) {
    Picture picture = Picture.of(anyPicture(random));
    Gang[] gangs = anyGangs(random);
    return random.nextBoolean()
        ? picture.with(gangs)
        : picture.with(planner.plan(picture.with(gangs)).reservations(), gangs);
  }

  @Seeded(runs = 500)
  void aPlanBreaksNoLaw(SplittableRandom random) {
    ClusterSnapshot snapshot = anySnapshot(random);
    assertThat(PlanLaws.violations(planner.plan(snapshot), snapshot)).isEmpty();
  }

  @Seeded(runs = 300)
  void aPlanDoesNotDependOnTheOrderOfTheSnapshot(SplittableRandom random) {
    ClusterSnapshot snapshot = anySnapshot(random);
    List<Gang> shuffled = new ArrayList<>(snapshot.gangs());
    Collections.shuffle(shuffled, new Random(random.nextLong()));
    ClusterSnapshot same =
        new ClusterSnapshot(
            snapshot.nowMs(),
            snapshot.settled(),
            snapshot.nodes(),
            snapshot.queues(),
            ImmutableList.copyOf(shuffled),
            snapshot.reservations());
    assertThat(planner.plan(same)).isEqualTo(planner.plan(snapshot));
  }

  @Seeded(runs = 500)
  void nothingThatIsHeldGoesToAnother(SplittableRandom random) {
    ClusterSnapshot snapshot = anySnapshot(random);
    Plan plan = planner.plan(snapshot);
    for (Reservation reservation : plan.reservations().values()) {
      boolean begun = plan.placements().stream().anyMatch(p -> p.gang().equals(reservation.gang()));
      if (begun || !reservation.equals(snapshot.reservations().get(reservation.partition()))) {
        continue; // made or moved in this cycle, after others were served
      }
      for (NodeId id : reservation.held().keySet()) {
        Node node = snapshot.nodes().get(id);
        int givenToOthers =
            plan.placements().stream()
                .filter(placement -> !placement.gang().equals(reservation.gang()))
                .filter(placement -> !isBroken(snapshot, placement.gang()))
                .flatMap(placement -> placement.members().stream())
                .filter(member -> member.node().equals(id))
                .mapToInt(member -> member.size().gpus())
                .sum();
        assertThat(givenToOthers)
            .isLessThanOrEqualTo(Math.max(0, node.free().gpus() - reservation.heldOn(id).gpus()));
      }
    }
  }

  private static boolean isBroken(ClusterSnapshot snapshot, GangId id) {
    return snapshot.gangs().stream()
        .anyMatch(gang -> gang.id().equals(id) && gang.phase() == Gang.Phase.REPLACING);
  }

  @Seeded(runs = 500)
  void ifTheFirstGangOfOneRoleFitsAtAllItIsPlaced(SplittableRandom random) {
    ClusterSnapshot snapshot =
        Picture.of(anyPicture(random))
            .with(gang("g").members(random.nextInt(1, 8), random.nextInt(1, 5)).build());
    Gang gang = snapshot.gangs().get(0);
    int fits =
        snapshot.nodes().values().stream()
            .mapToInt(node -> node.free().gpus() / gang.asks().get(0).size().gpus())
            .sum();
    assertThat(planner.plan(snapshot).placements()).hasSize(fits >= gang.minimum() ? 1 : 0);
  }

  @Seeded(runs = 300)
  void onlyWhatIdleNodesCouldNotHoldIsRefusedForGood(SplittableRandom random) {
    ClusterSnapshot snapshot =
        Picture.of(anyPicture(random))
            .with(gang("g").members(random.nextInt(1, 12), random.nextInt(1, 10)).build());
    Gang gang = snapshot.gangs().get(0);
    int fits =
        snapshot.nodes().values().stream()
            .mapToInt(node -> node.total().gpus() / gang.asks().get(0).size().gpus())
            .sum();
    boolean refused =
        planner.plan(snapshot).rejections().values().stream()
            .anyMatch(rejection -> rejection.cure() == Cure.NONE);
    assertThat(refused).isEqualTo(fits < gang.minimum());
  }

  /**
   * A wide gang that waits, then an endless stream of small ones of any priority, each of which
   * runs for a bounded time: it starts within the time in which all that ran has ended.
   */
  @Seeded(runs = 200)
  void aReservedGangIsNotOvertakenForEver(SplittableRandom random) {
    int nodes = random.nextInt(1, 5);
    int wide = random.nextInt(1, nodes * 4 + 1);
    Cluster cluster = new Cluster(nodes, 4);
    Gang head = gang("head").members(wide, 1).build();
    cluster.cycle(planner, stream(random, 0, nodes * 4), () -> random.nextInt(2, 15));
    if (startsIn(cluster.cycle(planner, List.of(head), () -> 1), head)) {
      return;
    }
    int cyclesMax = 15; // all that runs ends within 14, and what is held goes to nobody else
    for (int cycle = 1; cycle <= cyclesMax; cycle++) {
      List<Gang> waiting = new ArrayList<>(stream(random, cycle, 6));
      waiting.add(head);
      if (startsIn(cluster.cycle(planner, waiting, () -> random.nextInt(1, 15)), head)) {
        return;
      }
    }
    throw new AssertionError("the gang of " + wide + " did not start in " + cyclesMax + " cycles");
  }

  private static List<Gang> stream(SplittableRandom random, int cycle, int gangs) {
    List<Gang> stream = new ArrayList<>();
    for (int s = 0; s < gangs; s++) {
      stream.add(
          gang("s%d-%d".formatted(cycle, s))
              .submitted(cycle)
              .priority(random.nextInt(5))
              .members(1, 1)
              .build());
    }
    return stream;
  }

  private static boolean startsIn(Plan plan, Gang gang) {
    return plan.placements().stream().anyMatch(p -> p.gang().equals(gang.id()));
  }

  @Seeded(runs = 100)
  void interleavedGangsAllFinish(SplittableRandom random) {
    Cluster cluster = new Cluster(3, 4);
    List<Gang> waiting = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      waiting.add(
          gang("g" + i).submitted(random.nextInt(50)).members(random.nextInt(7, 13), 1).build());
    }
    for (int cycle = 0; cycle < 200 && !waiting.isEmpty(); cycle++) {
      Plan plan = cluster.cycle(planner, waiting, () -> random.nextInt(1, 5));
      waiting.removeIf(
          gang -> plan.placements().stream().anyMatch(p -> p.gang().equals(gang.id())));
    }
    assertThat(waiting).isEmpty();
  }

  @Test
  void aHopelessBacklogCostsOneRefusalEach() {
    Gang[] gangs = new Gang[2_000];
    for (int i = 0; i < gangs.length; i++) {
      gangs[i] = gang("g" + i).submitted(i).members(2, 4).build();
    }
    Plan plan =
        planner.plan(
            Picture.of(
                    """
                    n1 x . . .
                    n2 x . . .
                    """)
                .with(gangs));
    assertThat(plan.rejections()).hasSize(gangs.length);
    assertThat(plan.reservations()).hasSize(1);
  }

  @Test
  void eachLawIsBrokenByAPlanThatBreaksIt() {
    ClusterSnapshot snapshot = Picture.of("n1 x . .").with(gang("g").members(2, 1).build());
    Plan good = planner.plan(snapshot);
    assertThat(PlanLaws.violations(good, snapshot)).isEmpty();
    Placement placement = good.placements().get(0);
    Placement.Member member = placement.members().get(0);
    assertThat(broken(snapshot, placement.gang(), member))
        .singleElement()
        .asString()
        .contains("all or nothing is 2");
    assertThat(broken(snapshot, new GangId("h"), member, member))
        .singleElement()
        .asString()
        .contains("does not wait");
    Placement.Member elsewhere =
        new Placement.Member(member.key(), member.size(), new NodeId("n9"));
    assertThat(broken(snapshot, placement.gang(), member, elsewhere))
        .singleElement()
        .asString()
        .contains("on n9, which it may not");
    Placement.Member larger =
        new Placement.Member(member.key(), new Resources(0, 0, 2), member.node());
    assertThat(broken(snapshot, placement.gang(), member, larger))
        .singleElement()
        .asString()
        .contains("did not ask for");
    ClusterSnapshot full = Picture.of("n1 x x .").with(gang("g").members(2, 1).build());
    assertThat(broken(full, placement.gang(), member, member))
        .singleElement()
        .asString()
        .contains("free but gets");
    Plan strayHold =
        new Plan(
            ImmutableList.of(),
            ImmutableSortedMap.of(
                "",
                new Reservation(
                    new GangId("h"),
                    "",
                    ImmutableSortedMap.of(new NodeId("n1"), new Resources(0, 0, 9)))),
            ImmutableSortedMap.of());
    assertThat(PlanLaws.violations(strayHold, snapshot)).hasSize(2);
  }

  private static ImmutableList<String> broken(
      ClusterSnapshot snapshot, GangId gang, Placement.Member... members) {
    return PlanLaws.violations(
        new Plan(
            ImmutableList.of(new Placement(gang, "", ImmutableList.copyOf(members))),
            ImmutableSortedMap.of(),
            ImmutableSortedMap.of()),
        snapshot);
  }

  /** Nodes on which placed gangs run for some cycles. */
  private static final class Cluster {
    private final int[] free;
    private final int gpus;
    private final Deque<int[]> ends = new ArrayDeque<>();
    private ImmutableSortedMap<String, Reservation> reservations = ImmutableSortedMap.of();
    private int now;

    Cluster(int nodes, int gpus) {
      this.free = new int[nodes];
      this.gpus = gpus;
      Arrays.fill(free, gpus);
    }

    Plan cycle(Planner planner, List<Gang> waiting, IntSupplier runtime) {
      now++;
      ends.removeIf(
          end -> {
            boolean over = end[0] <= now;
            if (over) {
              free[end[1]]++;
            }
            return over;
          });
      StringBuilder picture = new StringBuilder();
      for (int n = 0; n < free.length; n++) {
        picture
            .append("n")
            .append(n)
            .append(" x".repeat(gpus - free[n]))
            .append(" .".repeat(free[n]));
        picture.append('\n');
      }
      ClusterSnapshot snapshot =
          Picture.of(picture.toString()).with(reservations, waiting.toArray(new Gang[0]));
      Plan plan = planner.plan(snapshot);
      assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
      reservations = plan.reservations();
      for (Placement placement : plan.placements()) {
        int end = now + runtime.getAsInt();
        for (Placement.Member member : placement.members()) {
          int node = Integer.parseInt(member.node().value().substring(1));
          free[node]--;
          ends.add(new int[] {end, node});
        }
      }
      return plan;
    }
  }
}
