package org.yarngpu.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.planner.Planner;
import org.yarngpu.policy.order.CapacityOrder;

/**
 * {@code plan()} on large clusters and long backlogs; nodes have 8 GPUs, 20 of them make a rack.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 5)
@Measurement(iterations = 5, time = 5)
public class PlanBenchmark {
  private static final int GPUS = 8;
  private static final int NODES_PER_RACK = 20;

  private final Planner planner = new Planner(new CapacityOrder());

  private final ClusterSnapshot wideGang =
      snapshot(5_000, GPUS + 1, ImmutableList.of(gang(0, 512, 1, 4_096)));

  private final ClusterSnapshot hopelessOfFewShapes =
      snapshot(1_000, GPUS, backlog(i -> gang(i, 2 + i % 5, GPUS, 4_096)));

  private final ClusterSnapshot hopelessOfManyShapes =
      snapshot(1_000, GPUS, backlog(i -> gang(i, 2 + i % 200, GPUS, 4_096 + i)));

  /** One gang of 512 members on 5,000 partly full nodes. */
  @Benchmark
  public Plan wideGang() {
    return planner.plan(wideGang);
  }

  /** 10,000 gangs of five shapes, none of which fits, on 1,000 nodes. */
  @Benchmark
  public Plan hopelessOfFewShapes() {
    return planner.plan(hopelessOfFewShapes);
  }

  /** 10,000 gangs of as many shapes, none of which fits, on 1,000 nodes. */
  @Benchmark
  public Plan hopelessOfManyShapes() {
    return planner.plan(hopelessOfManyShapes);
  }

  private interface NthGang {
    Gang gang(int i);
  }

  private static ImmutableList<Gang> backlog(NthGang nth) {
    ImmutableList.Builder<Gang> gangs = ImmutableList.builder();
    for (int i = 0; i < 10_000; i++) {
      gangs.add(nth.gang(i));
    }
    return gangs.build();
  }

  private static Gang gang(int number, int members, int gpus, long memoryMib) {
    return new Gang(
        new GangId("gang%06d".formatted(number)),
        "root.train",
        "user",
        0,
        number,
        members,
        Gang.Phase.WAITING,
        ImmutableList.of(
            new Ask(
                new AskKey(1, 0),
                new Resources(memoryMib, 1, gpus),
                members,
                "",
                Locality.ANYWHERE)),
        ImmutableSortedSet.of(),
        Optional.empty(),
        OptionalLong.empty());
  }

  private static ClusterSnapshot snapshot(int nodes, int freeGpusBound, ImmutableList<Gang> gangs) {
    SplittableRandom random = new SplittableRandom(1);
    ImmutableSortedMap.Builder<NodeId, Node> built = ImmutableSortedMap.naturalOrder();
    for (int i = 0; i < nodes; i++) {
      NodeId id = new NodeId("node%05d:8041".formatted(i));
      built.put(
          id,
          new Node(
              id,
              "node" + i,
              "/rack" + i / NODES_PER_RACK,
              "",
              new Resources(524_288, 96, GPUS),
              new Resources(524_288, 96, random.nextInt(freeGpusBound)),
              true));
    }
    Resources whole = new Resources(524_288, 96, GPUS).times(nodes);
    ImmutableMap<String, Queue.Share> share =
        ImmutableMap.of("", new Queue.Share(whole, whole, Resources.NONE));
    return new ClusterSnapshot(
        0,
        true,
        built.build(),
        ImmutableMap.of(
            "root",
            new Queue("root", "", 0, share),
            "root.train",
            new Queue("root.train", "root", 0, share)),
        gangs,
        ImmutableSortedMap.of());
  }
}
