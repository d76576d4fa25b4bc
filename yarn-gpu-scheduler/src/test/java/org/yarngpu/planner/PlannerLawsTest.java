package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Cure;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Locality;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.testing.Gangs;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Seeded;

/** Laws over small random clusters; a failure names its seed. */
class PlannerLawsTest {
  private final Planner planner = Planner.priority();

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

  private static Locality onHosts(String... hosts) {
    return new Locality(false, ImmutableSortedSet.copyOf(hosts), ImmutableSortedSet.of());
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
        int gpus = random.nextInt(1, 5);
        gang.label(random.nextInt(3) == 0 ? "big" : "")
            .members(
                count,
                new Resources(random.nextInt(1, 3) * 600L * gpus, gpus, gpus),
                random.nextInt(8) == 0 ? onHosts("n" + random.nextInt(6)) : Locality.ANYWHERE);
      }
      if (random.nextInt(3) == 0) {
        gang.minimum(random.nextInt(1, members + 2));
      }
      if (random.nextInt(5) == 0) {
        gang.phase(Gang.Phase.REPLACING);
      }
      if (random.nextInt(8) == 0) {
        gang.limit(new Rejection(Reason.USER_AT_LIMIT, "x"));
      }
      if (random.nextInt(4) == 0) {
        gang.excludes("n" + random.nextInt(6));
      }
      if (random.nextInt(3) == 0) {
        gang.types(random.nextBoolean() ? new String[] {"a100"} : new String[] {"v100", "a100"});
      }
      gangs[i] = gang.build();
    }
    return gangs;
  }

  /** As {@link #anyPicture}, with labels, models and closed nodes. */
  private static Picture anyMixedPicture(SplittableRandom random) {
    StringBuilder mixed = new StringBuilder();
    for (String line : Splitter.on('\n').omitEmptyStrings().split(anyPicture(random))) {
      String model =
          switch (random.nextInt(4)) {
            case 0 -> "#a100";
            case 1 -> "#v100";
            default -> "";
          };
      String label = random.nextInt(3) == 0 ? "@big" : "";
      String labelled = line.replaceFirst(" ", model + label + " ");
      mixed.append(random.nextInt(6) == 0 ? labelled.replace('.', '-') : labelled).append('\n');
    }
    return Picture.of(mixed.toString());
  }

  /** With reservations out of an earlier cycle, in which other nodes and gangs may have been. */
  private ClusterSnapshot anySnapshot(SplittableRandom random) {
    Gang[] gangs = anyGangs(random);
    Picture picture = anyMixedPicture(random);
    return switch (random.nextInt(3)) {
      case 0 -> picture.with(gangs);
      case 1 -> picture.with(planner.plan(picture.with(gangs)).reservations(), gangs);
      default ->
          picture.with(
              planner.plan(anyMixedPicture(random).with(anyGangs(random))).reservations(), gangs);
    };
  }

  @Seeded(runs = 500)
  void aPlanBreaksNoLaw(SplittableRandom random) {
    ClusterSnapshot snapshot = anySnapshot(random);
    assertThat(PlanLaws.violations(planner.plan(snapshot), snapshot)).isEmpty();
  }

  @Seeded(runs = 300)
  void noTwoReservationsHoldTheSame(SplittableRandom random) {
    ClusterSnapshot snapshot = anySnapshot(random);
    Map<NodeId, Resources> held = new HashMap<>();
    for (Reservation reservation : planner.plan(snapshot).reservations().values()) {
      reservation.held().forEach((node, size) -> held.merge(node, size, Resources::plus));
    }
    held.forEach(
        (id, size) ->
            assertThat(size.fitsIn(snapshot.nodes().get(id).total()))
                .as("%s held of %s", size, snapshot.nodes().get(id))
                .isTrue());
  }

  @Seeded(runs = 300)
  void equalSnapshotsGiveEqualPlans(SplittableRandom random) {
    ClusterSnapshot one = anySnapshot(random.split());
    SplittableRandom again = random.split();
    assertThat(Planner.priority().plan(one)).isEqualTo(planner.plan(one));
    ClusterSnapshot two = anySnapshot(again);
    planner.plan(two); // nothing of one cycle is left in the planner for the next
    assertThat(planner.plan(one)).isEqualTo(Planner.priority().plan(one));
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
    int gpus = random.nextInt(1, 5);
    int wide = random.nextInt(1, nodes * (4 / gpus) + 1);
    Cluster cluster = new Cluster(nodes, 4);
    Gang head = gang("head").members(wide, gpus).build();
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
              .members(random.nextInt(1, 3), random.nextInt(1, 3))
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
              free[end[1]] += end[2];
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
          free[node] -= member.size().gpus();
          ends.add(new int[] {end, node, member.size().gpus()});
        }
      }
      return plan;
    }
  }
}
