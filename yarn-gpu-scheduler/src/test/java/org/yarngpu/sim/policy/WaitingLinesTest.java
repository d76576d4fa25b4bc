package org.yarngpu.sim.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.planner.Planner;
import org.yarngpu.testing.Seeded;

class WaitingLinesTest {
  private static final int NODES = 4;
  private static final int GPUS = 4;

  private final Planner planner = Planner.priority();

  private record Waiting(int number, Gang gang) implements ActiveJob {
    @Override
    public int gpus() {
      return gang.minimumSize().gpus();
    }

    @Override
    public String user() {
      return "";
    }

    @Override
    public String group() {
      return "";
    }

    @Override
    public OptionalLong estimateMs() {
      return OptionalLong.empty();
    }

    @Override
    public long heldSinceMs() {
      return 0;
    }

    @Override
    public long checkpointMs() {
      return 0;
    }

    @Override
    public long restartMs() {
      return 0;
    }

    @Override
    public int evictions() {
      return 0;
    }

    @Override
    public long attainedMs() {
      return 0;
    }

    @Override
    public long waitedMs() {
      return 0;
    }

    @Override
    public ImmutableList<Member> members() {
      return ImmutableList.of();
    }
  }

  /** The planner decides on the heads of the lines as it would on all gangs. */
  @Seeded(runs = 2000)
  void theHeadsAreEnough(SplittableRandom random) {
    List<Waiting> waiting = new ArrayList<>();
    WaitingLines lines = new WaitingLines();
    int count = random.nextInt(30);
    for (int number = 0; number < count; number++) {
      waiting.add(new Waiting(number, gang(number, random)));
      lines.add(waiting.get(number));
    }
    ImmutableList<Gang> all = ImmutableList.copyOf(waiting.stream().map(Waiting::gang).toList());
    int[] used = random.ints(NODES, 0, GPUS + 1).toArray();
    ImmutableSortedMap<String, Reservation> before =
        planner
            .plan(snapshot(used, all, ImmutableSortedMap.of(), random.nextBoolean()))
            .reservations();
    int[] usedLater = random.ints(NODES, 0, GPUS + 1).toArray();
    int free = NODES * GPUS;
    for (int gpus : usedLater) {
      free -= gpus;
    }
    ImmutableList<Gang> heads =
        lines.heads(free, before.values().stream().map(Reservation::gang).toList());
    boolean capped = random.nextBoolean();
    Plan onAll = planner.plan(snapshot(usedLater, all, before, capped));
    Plan onHeads = planner.plan(snapshot(usedLater, heads, before, capped));
    assertThat(onHeads.placements()).isEqualTo(onAll.placements());
    assertThat(onHeads.reservations()).isEqualTo(onAll.reservations());
  }

  private static Gang gang(int number, SplittableRandom random) {
    int members = 1 + random.nextInt(3);
    Ask ask =
        new Ask(
            new AskKey(0, 0),
            new Resources(0, 0, 1 << random.nextInt(3)),
            members,
            "",
            Locality.ANYWHERE);
    return new Gang(
        new GangId("gang-%03d".formatted(number)),
        random.nextBoolean() ? "root.a" : "root.b",
        "user",
        random.nextInt(2),
        number,
        members,
        Gang.Phase.WAITING,
        ImmutableList.of(ask),
        ImmutableSortedSet.of(),
        Optional.empty(),
        OptionalLong.empty());
  }

  private static ClusterSnapshot snapshot(
      int[] used,
      ImmutableList<Gang> gangs,
      ImmutableSortedMap<String, Reservation> reservations,
      boolean capped) {
    ImmutableSortedMap.Builder<NodeId, Node> nodes = ImmutableSortedMap.naturalOrder();
    int inUse = 0;
    for (int n = 0; n < NODES; n++) {
      String name = "node-" + n;
      inUse += used[n];
      nodes.put(
          new NodeId(name),
          new Node(
              new NodeId(name),
              name,
              "/rack",
              "",
              new Resources(0, 0, GPUS),
              new Resources(0, 0, GPUS - used[n]),
              true));
    }
    Resources all = new Resources(0, 0, NODES * GPUS);
    Resources half = new Resources(0, 0, NODES * GPUS / 2);
    Queue root = queue("root", "", all, all, inUse);
    Queue a = queue("root.a", "root", half, capped ? half : all, inUse / 2);
    Queue b = queue("root.b", "root", half, all, inUse - inUse / 2);
    return new ClusterSnapshot(
        0,
        true,
        nodes.build(),
        ImmutableMap.of("root", root, "root.a", a, "root.b", b),
        gangs,
        reservations);
  }

  private static Queue queue(
      String path, String parent, Resources guaranteed, Resources maximum, int used) {
    return new Queue(
        path,
        parent,
        0,
        ImmutableMap.of("", new Queue.Share(guaranteed, maximum, new Resources(0, 0, used))));
  }
}
