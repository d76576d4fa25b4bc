package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Queue;
import org.yarngpu.model.RemainingForecast;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Seeded;

/**
 * Evictions over many cycles of virtual time, while victims leave early or not at all, nodes are
 * lost and come back, jobs are withdrawn and commits fail. Two queues with half the cluster each.
 */
class EvictionFaultsTest {
  private static final EvictionRules RULES = EvictionRules.DEFAULT;
  private static final int FAULTY_CYCLES = 100;

  /** What every cycle must obey. */
  private interface Law {
    void check(ClusterSnapshot snapshot, Plan plan);
  }

  /** A cluster that carries plans out as the ResourceManager does: notice, grace, kill, hold. */
  private static final class Host {
    private static final int GPUS = 8;

    final SplittableRandom random;
    final Planner planner = Planner.predicted(RULES);
    final int nodes;
    final TreeSet<NodeId> lost = new TreeSet<>();
    final Map<GangId, Job> jobs = new TreeMap<>();
    final Map<GangId, Long> noticedMs = new TreeMap<>();
    final Map<GangId, GangId> noticedFor = new TreeMap<>();
    ImmutableSortedMap<GangId, Eviction> evictions = ImmutableSortedMap.of();
    ImmutableSortedMap<GangId, Promise> promises = ImmutableSortedMap.of();
    ImmutableSortedMap<String, Reservation> reservations = ImmutableSortedMap.of();
    long nowMs = 3_600_000;
    int submitted;
    int evicted;

    static final class Job {
      final Gang gang;
      final long runMs;
      ImmutableList<Member> members = ImmutableList.of();
      long startedMs;
      int evictions;

      Job(Gang gang, long runMs) {
        this.gang = gang;
        this.runMs = runMs;
      }

      boolean runs() {
        return !members.isEmpty();
      }

      void leave() {
        members = ImmutableList.of();
      }
    }

    Host(SplittableRandom random) {
      this.random = random;
      this.nodes = random.nextInt(1, 5);
    }

    void submit() {
      String name = "j%03d".formatted(submitted++);
      boolean isLong = random.nextInt(2) == 0;
      jobs.put(
          new GangId(name),
          new Job(
              gang(name)
                  .queue(random.nextBoolean() ? "root.a" : "root.b")
                  .submitted(nowMs)
                  .members(random.nextInt(1, GPUS * nodes / 2 + 1), 1)
                  .build(),
              1000L * (isLong ? random.nextInt(5_000, 50_000) : random.nextInt(30, 900))));
    }

    /** Something that may happen between two cycles. */
    void fault() {
      List<Job> some = new ArrayList<>(jobs.values());
      switch (random.nextInt(12)) {
        case 0 -> lose(node(random.nextInt(nodes)));
        case 1, 2 -> lost.clear();
        case 3 -> jobs.keySet().removeIf(id -> random.nextInt(10) == 0);
        case 4 -> noticedMs.keySet().forEach(id -> leaves(jobs.get(id)));
        case 5 -> some.stream().filter(job -> random.nextInt(8) == 0).forEach(Job::leave);
        default -> submit();
      }
    }

    private static void leaves(@Nullable Job victim) {
      if (victim != null) {
        victim.leave();
      }
    }

    private void lose(NodeId node) {
      lost.add(node);
      for (Job job : jobs.values()) {
        if (job.members.stream().anyMatch(member -> member.node().equals(node))) {
          job.leave();
        }
      }
    }

    void pass(long ms) {
      nowMs += ms;
      jobs.values().removeIf(job -> job.runs() && job.startedMs + job.runMs <= nowMs);
    }

    /** As Evictions does: kills after the grace, forgets who is gone, calls off the useless. */
    void advance() {
      for (GangId id : List.copyOf(noticedMs.keySet())) {
        Job victim = jobs.get(id);
        boolean wanted = evictions.containsKey(noticedFor.get(id));
        if (victim == null) {
          forget(id);
        } else if (!victim.runs() || nowMs - noticedMs.get(id) >= RULES.graceMs()) {
          victim.leave();
          victim.evictions++;
          evicted++;
          forget(id);
        } else if (!wanted) {
          forget(id);
        }
      }
    }

    private void forget(GangId id) {
      noticedMs.remove(id);
      noticedFor.remove(id);
    }

    void cycle(boolean due, Law law) {
      advance();
      ClusterSnapshot snapshot = snapshot(due);
      Plan plan = planner.plan(snapshot);
      assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
      law.check(snapshot, plan);
      for (Placement placement : plan.placements()) {
        if (random.nextInt(20) > 0) { // else its commit fails
          Job job = jobs.get(placement.gang());
          job.members = placement.members();
          job.startedMs = nowMs;
        }
      }
      for (Eviction eviction : plan.evictions().values()) {
        for (GangId victim : eviction.victims()) {
          if (!evictions.containsKey(eviction.gang()) && !noticedMs.containsKey(victim)) {
            noticedMs.put(victim, nowMs);
            noticedFor.put(victim, eviction.gang());
          }
        }
      }
      evictions = plan.evictions();
      promises = plan.promises();
      reservations = plan.reservations();
    }

    private static NodeId node(int n) {
      return new NodeId("n" + n);
    }

    private ClusterSnapshot snapshot(boolean due) {
      Map<NodeId, Integer> used = new HashMap<>();
      Map<String, Integer> byQueue = new HashMap<>();
      ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
      ImmutableList.Builder<Gang> waiting = ImmutableList.builder();
      ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
      jobs.forEach(
          (id, job) -> {
            long leftMs = job.runs() ? job.startedMs + job.runMs - nowMs : job.runMs;
            forecasts.put(id, new Forecast(leftMs, 2 * leftMs, leftMs));
            if (!job.runs()) {
              waiting.add(job.gang);
              return;
            }
            job.members.forEach(member -> used.merge(member.node(), 1, Integer::sum));
            byQueue.merge(job.gang.queue(), job.members.size(), Integer::sum);
            running.add(new RunningGang(id, job.members, 0, Optional.of(terms(job))));
          });
      ImmutableSortedMap.Builder<NodeId, Node> all = ImmutableSortedMap.naturalOrder();
      for (int n = 0; n < nodes; n++) {
        NodeId id = node(n);
        int free = GPUS - used.getOrDefault(id, 0);
        assertThat(free).as("free on %s", id).isBetween(0, GPUS);
        if (!lost.contains(id)) {
          all.put(id, new Node(id, id.value(), "/r", "", gpus(GPUS), gpus(free), true));
        }
      }
      int total = GPUS * nodes;
      int a = byQueue.getOrDefault("root.a", 0);
      int b = byQueue.getOrDefault("root.b", 0);
      return new ClusterSnapshot(
          nowMs,
          lost.isEmpty(),
          all.build(),
          ImmutableMap.of(
              "root", queue("root", "", total, total, a + b),
              "root.a", queue("root.a", "root", total / 2, total, a),
              "root.b", queue("root.b", "root", total - total / 2, total, b)),
          waiting.build(),
          reservations,
          running.build(),
          forecasts.build(),
          promises,
          evictions,
          due);
    }

    private static EvictionTerms terms(Job job) {
      return new EvictionTerms(
          job.gang.queue(),
          0,
          job.startedMs,
          OptionalLong.of(60_000),
          OptionalLong.empty(),
          62_000,
          job.evictions);
    }

    /** Faults for a while, then none; everything that waits has started in the end. */
    void run(Law law) {
      for (int cycle = 0; cycle < FAULTY_CYCLES; cycle++) {
        for (int f = random.nextInt(3); f > 0; f--) {
          fault();
        }
        pass(1000L * random.nextInt(1, random.nextBoolean() ? 60 : 600));
        cycle(random.nextInt(3) == 0, law);
      }
      lost.clear();
      for (int cycle = 0; !jobs.isEmpty() || !evictions.isEmpty(); cycle++) {
        assertThat(cycle).as("cycles until %s have ended", jobs.keySet()).isLessThan(5_000);
        pass(600_000);
        cycle(true, law);
      }
    }
  }

  private static Queue queue(String path, String parent, int guaranteed, int maximum, int used) {
    return new Queue(
        path,
        parent,
        0,
        ImmutableMap.of("", new Queue.Share(gpus(guaranteed), gpus(maximum), gpus(used))));
  }

  private static Resources gpus(int count) {
    return new Resources(1000L * count, 10 * count, count);
  }

  /** GPUs on a node, of what the placements of others than the gang take. */
  private static int toOthers(Plan plan, GangId gang, NodeId node) {
    return plan.placements().stream()
        .filter(placement -> !placement.gang().equals(gang))
        .flatMap(placement -> placement.members().stream())
        .filter(member -> member.node().equals(node))
        .mapToInt(member -> member.size().gpus())
        .sum();
  }

  /** What was freed for a gang is there for it, until its hold ends. */
  @Seeded(runs = 150)
  void freedGpusGoToTheBeneficiaryOnly(SplittableRandom random) {
    new Host(random)
        .run(
            (snapshot, plan) -> {
              for (Eviction eviction : snapshot.evictions().values()) {
                Eviction now = plan.evictions().get(eviction.gang());
                if (now == null || !now.placement().equals(eviction.placement())) {
                  continue; // it started, was withdrawn, or its hold is over
                }
                eviction
                    .hold()
                    .held()
                    .forEach(
                        (id, held) -> {
                          Node node = snapshot.node(id);
                          int free = node == null ? 0 : node.free().gpus();
                          assertThat(toOthers(plan, eviction.gang(), id))
                              .as("%s to others than %s", id, eviction.gang())
                              .isLessThanOrEqualTo(Math.max(0, free - held.gpus()));
                        });
              }
            });
  }

  /** Holds fit on the nodes together, end at the latest some time after the last victim. */
  @Seeded(runs = 150)
  void reservationsAreBoundedAndExpire(SplittableRandom random) {
    new Host(random)
        .run(
            (snapshot, plan) -> {
              Map<NodeId, Integer> held = new HashMap<>();
              for (Eviction eviction : plan.evictions().values()) {
                eviction.hold().held().forEach((id, r) -> held.merge(id, r.gpus(), Integer::sum));
                eviction
                    .untilMs()
                    .ifPresent(
                        untilMs ->
                            assertThat(untilMs - snapshot.nowMs()).isBetween(1L, RULES.holdMs()));
                assertThat(snapshot.gangs()).extracting(Gang::id).contains(eviction.gang());
              }
              held.forEach((id, gpus) -> assertThat(gpus).isLessThanOrEqualTo(Host.GPUS));
              assertThat(plan.promises().size()).isLessThanOrEqualTo(4);
              assertThat(plan.reservations().size()).isLessThanOrEqualTo(1);
            });
  }

  /**
   * A victim that is told goes once, and for one gang. No more GPUs go than four times what it
   * needs, but for who waited very long.
   */
  @Seeded(runs = 150)
  void releaseDuringGraceKeepsTheBooks(SplittableRandom random) {
    Host host = new Host(random);
    host.run(
        (snapshot, plan) -> {
          TreeSet<GangId> before = new TreeSet<>();
          snapshot.evictions().values().forEach(eviction -> before.addAll(eviction.victims()));
          for (Eviction eviction : plan.evictions().values()) {
            if (snapshot.evictions().containsKey(eviction.gang())) {
              continue;
            }
            assertThat(Collections.disjoint(eviction.victims(), before)).isTrue();
            boolean promoted =
                snapshot.nowMs() - host.jobs.get(eviction.gang()).gang.submittedMs()
                    >= snapshot.orders().starveAfterMs();
            int freed = 0;
            for (GangId victim : eviction.victims()) {
              freed += host.jobs.get(victim).members.size();
            }
            if (!promoted) {
              assertThat(freed).isLessThanOrEqualTo(4 * eviction.placement().members().size());
            }
          }
        });
  }

  @Test
  void theRunsEvict() {
    int evicted = 0;
    for (int seed = 0; seed < 20; seed++) {
      Host host = new Host(new SplittableRandom(seed));
      host.run((snapshot, plan) -> {});
      evicted += host.evicted;
    }
    assertThat(evicted).as("victims in twenty runs").isGreaterThan(40);
  }

  private static ClusterSnapshot dueSnapshot(
      Picture picture, Map<String, String> queueOf, Map<String, Integer> seconds, Gang... waits) {
    ClusterSnapshot plain = picture.with(waits);
    Map<String, Integer> used = new HashMap<>();
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    for (RunningGang gang : picture.running()) {
      String queue = queueOf.getOrDefault(gang.id().value(), "root.a");
      used.merge(queue, gang.members().size(), Integer::sum);
      EvictionTerms terms =
          new EvictionTerms(queue, 0, 0, OptionalLong.of(0), OptionalLong.empty(), 62_000, 0);
      running.add(new RunningGang(gang.id(), gang.members(), 0, Optional.of(terms)));
    }
    int total = plain.total("").gpus();
    int all = used.values().stream().mapToInt(Integer::intValue).sum();
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    seconds.forEach(
        (id, s) -> forecasts.put(new GangId(id), new Forecast(s * 1000L, s * 2000L, s * 1000.0)));
    return new ClusterSnapshot(
        3_600_000,
        true,
        plain.nodes(),
        ImmutableMap.of(
            "root", queue("root", "", total, total, all),
            "root.a", queue("root.a", "root", total / 2, total, used.getOrDefault("root.a", 0)),
            "root.b", queue("root.b", "root", total / 2, total, used.getOrDefault("root.b", 0))),
        plain.gangs(),
        plain.reservations(),
        running.build(),
        forecasts.build(),
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        true);
  }

  /** That no member of a gang may be taken alone does not mean that the gang may not. */
  @Test
  void victimsAtTheirMinimumYieldWhole() {
    ClusterSnapshot snapshot =
        dueSnapshot(
            Picture.of(
                """
                n1 a a b b
                n2 a a b b
                """),
            Map.of("a", "root.a", "b", "root.a"),
            Map.of("a", 1_000, "b", 2_000, "j", 3_000),
            gang("j").queue("root.b").members(2, 1).build());
    Plan plan = Planner.predicted(RULES).plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    assertThat(plan.evictions().get(new GangId("j")).victims())
        .isEqualTo(ImmutableSortedSet.of(new GangId("a")));
  }

  /** Behind any number of gangs of a queue that has more than its share. */
  @Test
  void everyWaitingGangIsVisibleToReclaim() {
    List<Gang> waiting = new ArrayList<>();
    Map<String, Integer> seconds = new HashMap<>(Map.of("a", 50_000, "b", 50_000, "j", 90_000));
    for (int g = 0; g < 300; g++) {
      waiting.add(gang("w%03d".formatted(g)).queue("root.a").members(2, 1).build());
      seconds.put("w%03d".formatted(g), 40_000);
    }
    waiting.add(gang("j").queue("root.b").submitted(5_000).members(4, 1).build());
    ClusterSnapshot snapshot =
        dueSnapshot(
            Picture.of("n1 a a a a b b b b"), Map.of(), seconds, waiting.toArray(Gang[]::new));
    Plan plan = Planner.predicted(RULES).plan(snapshot);
    assertThat(plan.evictions()).containsKey(new GangId("j"));
  }

  /** A job of which nothing is known is expected to end, however long it has run already. */
  @Test
  void unknownRuntimesStillYieldAPromise() {
    RemainingForecast unknown =
        new RemainingForecast(
            new SimilarJobsRuntime()
                .forecast(
                    JobGroups.of(
                        new JobIdentity("u", "n", "", "root.a", 4, OptionalDouble.empty()))));
    for (long ranHours : new long[] {0, 1, 100, 10_000}) {
      Picture picture = Picture.of("n1 a a a a");
      ClusterSnapshot snapshot =
          picture
              .with(gang("j").members(4, 1).build())
              .withForecasts(
                  picture.running(),
                  ImmutableMap.of(
                      new GangId("a"), unknown.after(ranHours * 3_600_000),
                      new GangId("j"), unknown.after(0)));
      assertThat(Planner.predicted(RULES).plan(snapshot).promises())
          .as("after %s hours", ranHours)
          .containsKey(new GangId("j"));
    }
  }
}
