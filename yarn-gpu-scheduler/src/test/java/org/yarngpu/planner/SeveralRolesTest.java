package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.Ask;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Cure;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.testing.Gangs;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Plans;
import org.yarngpu.testing.Seeded;

/** Gangs of several roles, whose placement is a search for a packing. */
class SeveralRolesTest {
  private final Planner planner = Planner.priority();

  private static Gang anyGang(SplittableRandom random) {
    Gangs gang = gang("g");
    int roles = random.nextInt(2, 4);
    for (int role = 0; role < roles; role++) {
      gang.members(
          random.nextInt(1, 3),
          new Resources(500L * random.nextInt(1, 9), 1, random.nextInt(1, 5)),
          Locality.ANYWHERE);
    }
    return gang.build();
  }

  private static String picture(SplittableRandom random, String cell) {
    StringBuilder picture = new StringBuilder();
    int nodes = random.nextInt(1, 5);
    for (int n = 0; n < nodes; n++) {
      picture.append("n").append(n).append(cell.repeat(random.nextInt(1, 9))).append('\n');
    }
    return picture.toString();
  }

  /** Whether some packing exists, by trying them all. */
  private static boolean packs(Gang gang, ClusterSnapshot snapshot) {
    List<Resources> members = new ArrayList<>();
    for (Ask ask : gang.minimumAsks()) {
      for (int m = 0; m < ask.count(); m++) {
        members.add(ask.size());
      }
    }
    List<Resources> room = new ArrayList<>();
    for (Node node : snapshot.nodes().values()) {
      room.add(node.total());
    }
    return packs(members, room, 0);
  }

  private static boolean packs(List<Resources> members, List<Resources> room, int next) {
    if (next == members.size()) {
      return true;
    }
    for (int n = 0; n < room.size(); n++) {
      Resources before = room.get(n);
      if (members.get(next).fitsIn(before)) {
        room.set(n, before.minusAtMost(members.get(next)));
        if (packs(members, room, next + 1)) {
          return true;
        }
        room.set(n, before);
      }
    }
    return false;
  }

  @Seeded(runs = 500)
  void whatSomePackingHoldsIsNeverRefusedForGood(SplittableRandom random) {
    Gang gang = anyGang(random);
    ClusterSnapshot snapshot = Picture.of(picture(random, " .")).with(gang);
    Plan plan = planner.plan(snapshot);
    boolean refused = plan.rejections().values().stream().anyMatch(r -> r.cure() == Cure.NONE);
    assertThat(refused && packs(gang, snapshot)).isFalse();
  }

  /** The cluster is full; the gang holds its nodes; once they are free it starts on them alone. */
  @Seeded(runs = 500)
  void aGangThatIdleNodesHoldStartsOnceWhatItHoldsIsFree(SplittableRandom random) {
    Gang gang = anyGang(random);
    String free = picture(random, " .");
    if (!Plans.starts(planner.plan(Picture.of(free).with(gang)), "g")) {
      return;
    }
    ImmutableSortedMap<String, Reservation> reservations = ImmutableSortedMap.of();
    SplittableRandom ends = random.split();
    ClusterSnapshot busy = Picture.of(someBusy(free, ends)).with(gang);
    for (int cycle = 0; cycle < 3; cycle++) {
      Plan plan =
          planner.plan(
              new ClusterSnapshot(
                  0, true, busy.nodes(), busy.queues(), ImmutableList.of(gang), reservations));
      if (Plans.starts(plan, "g")) {
        return;
      }
      reservations = plan.reservations();
      busy = onlyHeldIsFree(busy, Plans.reservationIn(plan, ""));
    }
    throw new AssertionError("all that is held is free, and the gang does not start");
  }

  private static String someBusy(String free, SplittableRandom random) {
    StringBuilder busy = new StringBuilder(free);
    for (int i = 0; i < busy.length(); i++) {
      if (busy.charAt(i) == '.' && random.nextInt(3) > 0) {
        busy.setCharAt(i, 'a');
      }
    }
    return busy.toString();
  }

  private static ClusterSnapshot onlyHeldIsFree(ClusterSnapshot snapshot, Reservation held) {
    var nodes = ImmutableSortedMap.<NodeId, Node>naturalOrder();
    for (Node node : snapshot.nodes().values()) {
      nodes.put(
          node.id(),
          new Node(
              node.id(),
              node.host(),
              node.rack(),
              node.partition(),
              node.total(),
              held.heldOn(node.id()),
              true));
    }
    return new ClusterSnapshot(
        0, true, nodes.build(), snapshot.queues(), snapshot.gangs(), ImmutableSortedMap.of());
  }

  @Test
  void smallRolesDoNotKeepALargeOneFromItsReservation() {
    Gang gang = gang("g").members(2, 1).members(1, 4).build();
    Plan plan = planner.plan(Picture.of("n1 . . . a\nn2 a a").with(gang));
    assertThat(Picture.held(Plans.reservationIn(plan, ""))).isEqualTo("n1 + + + +\nn2 + +\n");
  }
}
