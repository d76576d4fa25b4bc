package org.yarngpu.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.yarngpu.journal.Cycle;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.PolicyName;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;

/** Any values of the model, whether or not they make sense together, down to odd texts. */
public final class Cycles {
  private static final String ODD = "ab \"\\\n\r\t\0,:{}[]äé漢\u2028😀";

  private final SplittableRandom random;

  private Cycles(SplittableRandom random) {
    this.random = random;
  }

  public static Cycle any(SplittableRandom random) {
    return new Cycles(random).cycle();
  }

  private Cycle cycle() {
    if (random.nextInt(4) == 0) {
      return Cycle.failed(
          random.nextLong(),
          oneOf(PolicyName.values()),
          snapshot(),
          maybe(this::plan),
          "java.lang.Error: " + text());
    }
    Plan plan = plan();
    ImmutableList.Builder<Cycle.Outcome> outcomes = ImmutableList.builder();
    if (random.nextBoolean()) {
      plan.placements().forEach(placement -> outcomes.add(oneOf(Cycle.Outcome.values())));
    }
    return Cycle.decided(
        random.nextLong(),
        oneOf(PolicyName.values()),
        snapshot(),
        plan,
        outcomes.build(),
        random.nextLong(1L << 40));
  }

  private ClusterSnapshot snapshot() {
    ImmutableSortedMap.Builder<NodeId, Node> nodes = ImmutableSortedMap.naturalOrder();
    for (int n = random.nextInt(5); n > 0; n--) {
      Node node = node("n%d:%s".formatted(n, text()));
      nodes.put(node.id(), node);
    }
    ImmutableMap.Builder<String, Queue> queues = ImmutableMap.builder();
    for (int q = random.nextInt(4); q > 0; q--) {
      Queue queue = queue("root.%d%s".formatted(q, text()));
      queues.put(queue.path(), queue);
    }
    ImmutableList.Builder<Gang> gangs = ImmutableList.builder();
    for (int g = random.nextInt(5); g > 0; g--) {
      gangs.add(gang());
    }
    return new ClusterSnapshot(
        random.nextLong(),
        random.nextBoolean(),
        nodes.build(),
        queues.build(),
        gangs.build(),
        reservations(),
        running(),
        forecasts(),
        promises(),
        evictions(),
        random.nextBoolean(),
        random.nextBoolean() ? Orders.DEFAULT : orders(),
        Loans.NONE,
        evictionCostsMs());
  }

  private ImmutableMap<GangId, Long> evictionCostsMs() {
    ImmutableMap.Builder<GangId, Long> costsMs = ImmutableMap.builder();
    for (int g = random.nextInt(3); g > 0; g--) {
      costsMs.put(new GangId(g + text()), random.nextLong(Long.MAX_VALUE));
    }
    return costsMs.build();
  }

  private Orders orders() {
    ImmutableMap.Builder<String, LeafOrderName> byQueue = ImmutableMap.builder();
    ImmutableMap.Builder<String, ImmutableMap<String, Orders.UserTerms>> users =
        ImmutableMap.builder();
    ImmutableMap.Builder<GangId, Orders.GangTerms> gangs = ImmutableMap.builder();
    for (int o = random.nextInt(3); o > 0; o--) {
      byQueue.put(o + text(), oneOf(LeafOrderName.values()));
      users.put(
          o + text(),
          ImmutableMap.of(
              text(), new Orders.UserTerms(random.nextDouble(10), random.nextDouble(1e12))));
      gangs.put(
          new GangId(o + text()),
          new Orders.GangTerms(random.nextLong(Long.MAX_VALUE), maybeLong()));
    }
    return new Orders(
        byQueue.build(),
        new OrderWeights(
            random.nextDouble(10), random.nextInt(10), random.nextDouble(10), -random.nextInt(10)),
        random.nextLong(1, Long.MAX_VALUE),
        users.build(),
        gangs.build(),
        random.nextBoolean()
            ? ImmutableMap.of()
            : ImmutableMap.of(
                text(), new Orders.LateTerms(random.nextLong(1L << 50), random.nextDouble(1e12))));
  }

  private ImmutableList<RunningGang> running() {
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    for (int r = random.nextInt(3); r > 0; r--) {
      running.add(
          new RunningGang(
              new GangId(text()),
              members(),
              random.nextLong(),
              maybe(this::terms),
              maybe(this::elastic)));
    }
    return running.build();
  }

  private ImmutableMap<GangId, Forecast> forecasts() {
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    for (int f = random.nextInt(4); f > 0; f--) {
      double expectedMs =
          switch (random.nextInt(4)) {
            case 0 -> Double.POSITIVE_INFINITY;
            case 1 -> Double.MIN_VALUE;
            case 2 -> random.nextInt(1, 1000);
            default -> random.nextDouble(1e12);
          };
      forecasts.put(
          new GangId(f + text()),
          new Forecast(
              random.nextLong(1, Long.MAX_VALUE),
              random.nextLong(1, 1L << 40),
              expectedMs,
              random.nextBoolean() ? expectedMs : random.nextDouble(1, 1e12),
              random.nextBoolean()
                  ? ImmutableSortedMap.of()
                  : ImmutableSortedMap.of(text(), random.nextDouble(0.1, 2))));
    }
    return forecasts.build();
  }

  private ImmutableList<Placement.Member> members() {
    ImmutableList.Builder<Placement.Member> members = ImmutableList.builder();
    for (int m = random.nextInt(4); m > 0; m--) {
      members.add(new Placement.Member(key(), size(), new NodeId(text()), random.nextBoolean()));
    }
    return members.build();
  }

  private Node node(String id) {
    Resources free = size();
    return new Node(
        new NodeId(id),
        text(),
        text(),
        text(),
        text(),
        free.plus(size()),
        free,
        random.nextBoolean());
  }

  private Queue queue(String path) {
    ImmutableMap.Builder<String, Queue.Share> shares = ImmutableMap.builder();
    for (int s = random.nextInt(3); s > 0; s--) {
      shares.put(s + text(), new Queue.Share(size(), size(), size()));
    }
    return new Queue(path, text(), random.nextInt(), shares.build());
  }

  private Gang gang() {
    ImmutableList.Builder<Ask> asks = ImmutableList.builder();
    for (int a = random.nextInt(4); a > 0; a--) {
      asks.add(ask());
    }
    return new Gang(
        new GangId(text()),
        text(),
        text(),
        random.nextInt(),
        random.nextLong(),
        random.nextInt(1, Integer.MAX_VALUE),
        oneOf(Gang.Phase.values()),
        asks.build(),
        texts(),
        maybe(this::rejection),
        random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextLong()),
        texts().asList(),
        maybe(this::elastic));
  }

  private Elastic elastic() {
    return new Elastic(
        random.nextInt(9), random.nextInt(1, 9), random.nextInt(9), random.nextLong());
  }

  private Ask ask() {
    return new Ask(
        key(),
        size().plus(new Resources(0, 0, 1)),
        random.nextInt(1, 1000),
        text(),
        random.nextBoolean() ? Locality.ANYWHERE : new Locality(false, texts(), texts()));
  }

  private Plan plan() {
    ImmutableList.Builder<Placement> placements = ImmutableList.builder();
    for (int p = random.nextInt(4); p > 0; p--) {
      placements.add(new Placement(new GangId(text()), text(), members()));
    }
    ImmutableSortedMap.Builder<GangId, Rejection> rejections = ImmutableSortedMap.naturalOrder();
    for (int r = random.nextInt(4); r > 0; r--) {
      rejections.put(new GangId(r + text()), rejection());
    }
    return new Plan(
        placements.build(), reservations(), promises(), evictions(), rejections.build());
  }

  private ImmutableSortedMap<GangId, Eviction> evictions() {
    ImmutableSortedMap.Builder<GangId, Eviction> evictions = ImmutableSortedMap.naturalOrder();
    for (int e = random.nextInt(3); e > 0; e--) {
      GangId gang = new GangId(e + text());
      evictions.put(
          gang,
          new Eviction(
              new Placement(gang, text(), members()),
              ImmutableSortedSet.of(new GangId(text())),
              random.nextBoolean()
                  ? ImmutableSortedMap.of()
                  : ImmutableSortedMap.of(
                      new GangId(text()), new Eviction.Shrink(members(), random.nextInt())),
              maybeLong()));
    }
    return evictions.build();
  }

  private EvictionTerms terms() {
    return new EvictionTerms(
        text(),
        random.nextInt(),
        random.nextLong(),
        maybeLong(),
        maybeLong(),
        random.nextLong(),
        random.nextInt());
  }

  private OptionalLong maybeLong() {
    return random.nextBoolean() ? OptionalLong.empty() : OptionalLong.of(random.nextLong());
  }

  private ImmutableSortedMap<GangId, Promise> promises() {
    ImmutableSortedMap.Builder<GangId, Promise> promises = ImmutableSortedMap.naturalOrder();
    for (int p = random.nextInt(3); p > 0; p--) {
      GangId gang = new GangId(p + text());
      promises.put(gang, new Promise(gang, random.nextLong(), random.nextInt(100)));
    }
    return promises.build();
  }

  private ImmutableSortedMap<String, Reservation> reservations() {
    ImmutableSortedMap.Builder<String, Reservation> reservations =
        ImmutableSortedMap.naturalOrder();
    for (int r = random.nextInt(3); r > 0; r--) {
      ImmutableSortedMap.Builder<NodeId, Resources> held = ImmutableSortedMap.naturalOrder();
      for (int h = random.nextInt(3); h > 0; h--) {
        held.put(new NodeId(h + text()), size());
      }
      reservations.put(r + text(), new Reservation(new GangId(text()), text(), held.build()));
    }
    return reservations.build();
  }

  private Rejection rejection() {
    return new Rejection(oneOf(Reason.values()), text());
  }

  private AskKey key() {
    return new AskKey(random.nextInt(), random.nextLong());
  }

  private Resources size() {
    return new Resources(random.nextLong(1L << 40), random.nextInt(1 << 20), random.nextInt(100));
  }

  private ImmutableSortedSet<String> texts() {
    ImmutableSortedSet.Builder<String> texts = ImmutableSortedSet.naturalOrder();
    for (int t = random.nextInt(3); t > 0; t--) {
      texts.add(text());
    }
    return texts.build();
  }

  private String text() {
    StringBuilder text = new StringBuilder();
    for (int t = random.nextInt(5); t > 0; t--) {
      int[] characters = ODD.codePoints().toArray();
      text.appendCodePoint(characters[random.nextInt(characters.length)]);
    }
    return text.toString();
  }

  private <T> Optional<T> maybe(Supplier<T> value) {
    return random.nextBoolean() ? Optional.empty() : Optional.of(value.get());
  }

  private <T> T oneOf(T[] values) {
    return values[random.nextInt(values.length)];
  }
}
