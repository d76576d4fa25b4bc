package org.yarngpu.bench;

import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;

/** Large snapshots; the same ones in each run. */
final class Workloads {
  private static final int GPUS_PER_NODE = 8;
  private static final int NODES_PER_RACK = 100;
  private static final int LEAVES = 10;

  private Workloads() {}

  /** One gang of 512 members of 8 GPUs: a third of the nodes are free, the others hold 1 to 7. */
  static ClusterSnapshot wideGang() {
    return cluster(
        5_000,
        random -> random.nextInt(3) == 0 ? 0 : random.nextInt(1, 8),
        ImmutableList.of(gang("wide").queue("root.q0").members(512, 8).build()));
  }

  /** One gang of 512 members of 3 GPUs on nodes of which no rack holds more than a few. */
  static ClusterSnapshot scatteredGang() {
    return cluster(
        5_000,
        random -> random.nextInt(8) == 0 ? random.nextInt(4, 6) : random.nextInt(6, 9),
        ImmutableList.of(gang("scattered").queue("root.q0").members(512, 3).build()));
  }

  /** 10,000 gangs that do not fit now, each of a shape of its own. */
  static ClusterSnapshot hopelessGangsOfAllShapes() {
    return hopeless(
        i ->
            gang("g%05d".formatted(i))
                .submitted(i)
                .queue("root.q" + i % LEAVES)
                .members(
                    300 + i % 64,
                    new Resources(10_000L + i, 4 + i % 3, 4 + i % 5),
                    Locality.ANYWHERE)
                .build());
  }

  /** 10,000 gangs that do not fit now, of five shapes. */
  static ClusterSnapshot hopelessGangsOfFewShapes() {
    return hopeless(
        i ->
            gang("g%05d".formatted(i))
                .submitted(i)
                .queue("root.q" + i % LEAVES)
                .members(300 + i % 5, 4)
                .build());
  }

  /**
   * {@link #hopelessGangsOfAllShapes} with forecasts, and 2,000 gangs that run and may be evicted.
   */
  static ClusterSnapshot waitingGangsWithForecasts() {
    ClusterSnapshot waiting = hopelessGangsOfAllShapes();
    SplittableRandom random = new SplittableRandom(2);
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    waiting.gangs().forEach(gang -> forecasts.put(gang.id(), forecast(random)));
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    ImmutableList<NodeId> nodes = waiting.nodes().keySet().asList();
    for (int r = 0; r < 2_000; r++) {
      GangId id = new GangId("r%04d".formatted(r));
      running.add(
          new RunningGang(
              id,
              ImmutableList.of(
                  new Placement.Member(new AskKey(0, 0), gpus(2), nodes.get(r % nodes.size()))),
              0,
              Optional.of(
                  new EvictionTerms(
                      "root.q" + r % LEAVES,
                      0,
                      -3_600_000,
                      OptionalLong.of(60_000),
                      OptionalLong.empty(),
                      62_000,
                      0))));
      forecasts.put(id, forecast(random));
    }
    return waiting
        .withForecasts(running.build(), forecasts.build())
        .withEvictions(ImmutableSortedMap.of(), true);
  }

  /** {@link #waitingGangsWithForecasts} in queues of one order, with deadlines and use. */
  static ClusterSnapshot ordered(LeafOrderName order, OrderWeights weights) {
    ClusterSnapshot waiting = waitingGangsWithForecasts();
    ImmutableMap.Builder<String, LeafOrderName> byQueue = ImmutableMap.builder();
    ImmutableMap.Builder<String, ImmutableMap<String, Orders.UserTerms>> users =
        ImmutableMap.builder();
    for (int q = 0; q < LEAVES; q++) {
      byQueue.put("root.q" + q, order);
      users.put("root.q" + q, ImmutableMap.of("user", new Orders.UserTerms(2, 1e9)));
    }
    ImmutableMap.Builder<GangId, Orders.GangTerms> gangs = ImmutableMap.builder();
    for (Gang gang : waiting.gangs()) {
      gangs.put(
          gang.id(), new Orders.GangTerms(0, OptionalLong.of(gang.submittedMs() + 86_400_000)));
    }
    return waiting.withOrders(
        new Orders(byQueue.build(), weights, Orders.STARVE_AFTER_MS, users.build(), gangs.build()));
  }

  private static Forecast forecast(SplittableRandom random) {
    long medianMs = random.nextLong(60_000, 86_400_000);
    return new Forecast(medianMs, 2 * medianMs, 1.1 * medianMs);
  }

  /** 1,000 nodes of which a fifth has four GPUs free, no one more. */
  private static ClusterSnapshot hopeless(IntFunction<Gang> gangs) {
    ImmutableList.Builder<Gang> waiting = ImmutableList.builder();
    for (int i = 0; i < 10_000; i++) {
      waiting.add(gangs.apply(i));
    }
    return cluster(1_000, random -> random.nextInt(4, 9), waiting.build());
  }

  /** Draws how many GPUs of a node are in use. */
  private interface Load {
    int usedGpus(SplittableRandom random);
  }

  private static ClusterSnapshot cluster(int nodeCount, Load load, ImmutableList<Gang> gangs) {
    SplittableRandom random = new SplittableRandom(1);
    ImmutableSortedMap.Builder<NodeId, Node> nodes = ImmutableSortedMap.naturalOrder();
    int free = 0;
    for (int n = 0; n < nodeCount; n++) {
      String host = "node%04d".formatted(n);
      int freeGpus = GPUS_PER_NODE - load.usedGpus(random);
      free += freeGpus;
      nodes.put(
          new NodeId(host + ":8041"),
          new Node(
              new NodeId(host + ":8041"),
              host,
              "/rack%02d".formatted(n / NODES_PER_RACK),
              "",
              gpus(GPUS_PER_NODE),
              gpus(freeGpus),
              true));
    }
    int all = nodeCount * GPUS_PER_NODE;
    return new ClusterSnapshot(
        0, true, nodes.build(), queues(all, all - free), gangs, ImmutableSortedMap.of());
  }

  private static ImmutableMap<String, Queue> queues(int gpus, int used) {
    ImmutableMap.Builder<String, Queue> queues = ImmutableMap.builder();
    queues.put(
        "root",
        new Queue(
            "root",
            "",
            0,
            ImmutableMap.of("", new Queue.Share(gpus(gpus), gpus(gpus), gpus(used)))));
    for (int q = 0; q < LEAVES; q++) {
      queues.put(
          "root.q" + q,
          new Queue(
              "root.q" + q,
              "root",
              0,
              ImmutableMap.of(
                  "", new Queue.Share(gpus(gpus / LEAVES), gpus(gpus), gpus(used / LEAVES)))));
    }
    return queues.build();
  }

  private static Resources gpus(int count) {
    return new Resources(64_000L * count, 12 * count, count);
  }
}
