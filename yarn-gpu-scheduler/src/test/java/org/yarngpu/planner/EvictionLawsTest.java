package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Seeded;

/** Laws of evictions over small random clusters with two queues; now is an hour. */
class EvictionLawsTest {
  private static final long NOW_MS = 3_600_000;

  private final Planner planner = Planner.predicted(EvictionRules.DEFAULT);

  static ClusterSnapshot anySnapshot(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    int nodes = random.nextInt(1, 5);
    int gpus = random.nextInt(2, 9);
    for (int n = 0; n < nodes; n++) {
      text.append("n").append(n);
      if (random.nextInt(3) > 0) {
        text.append(random.nextBoolean() ? "#a100" : "#v100");
      }
      char holder = (char) ('a' + random.nextInt(6));
      for (int g = 0; g < gpus; g++) {
        if (random.nextInt(3) == 0) {
          holder = (char) ('a' + random.nextInt(6));
        }
        text.append(' ').append(random.nextInt(8) == 0 ? '.' : holder);
      }
      text.append('\n');
    }
    Picture picture = Picture.of(text.toString());
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    Map<String, Integer> used = new HashMap<>();
    for (RunningGang gang : picture.running()) {
      String queue = random.nextBoolean() ? "root.a" : "root.b";
      used.merge(queue, gang.members().size(), Integer::sum);
      int width = gang.members().size();
      running.add(
          new RunningGang(
              gang.id(),
              gang.members(),
              0,
              Optional.of(terms(queue, random)),
              random.nextBoolean()
                  ? Optional.empty()
                  : Optional.of(new Elastic(width, random.nextInt(1, width + 1), 99, 0))));
      forecasts.put(gang.id(), forecast(random));
    }
    List<Gang> waiting = new ArrayList<>();
    for (int g = random.nextInt(1, 5); g > 0; g--) {
      waiting.add(
          gang("w" + g)
              .queue(random.nextBoolean() ? "root.a" : "root.b")
              .members(random.nextInt(1, gpus + 3), 1)
              .types(
                  switch (random.nextInt(3)) {
                    case 0 -> new String[] {"a100"};
                    case 1 -> new String[] {"v100", "a100"};
                    default -> new String[0];
                  })
              .build());
      forecasts.put(new GangId("w" + g), forecast(random));
    }
    ClusterSnapshot plain = picture.with(waiting.toArray(Gang[]::new));
    int total = nodes * gpus;
    int guaranteed = random.nextInt(total + 1);
    return new ClusterSnapshot(
        NOW_MS,
        true,
        plain.nodes(),
        ImmutableMap.of(
            "root",
            queue("root", "", total, total, used.values().stream().mapToInt(i -> i).sum()),
            "root.a",
            queue("root.a", "root", guaranteed, total, used.getOrDefault("root.a", 0)),
            "root.b",
            queue("root.b", "root", total - guaranteed, total, used.getOrDefault("root.b", 0))),
        plain.gangs(),
        plain.reservations(),
        running.build(),
        forecasts.build(),
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        true);
  }

  private static EvictionTerms terms(String queue, SplittableRandom random) {
    return new EvictionTerms(
        queue,
        random.nextInt(2),
        random.nextLong(NOW_MS),
        random.nextInt(4) == 0 ? OptionalLong.empty() : OptionalLong.of(random.nextInt(900_000)),
        OptionalLong.empty(),
        random.nextInt(600_000),
        random.nextInt(7));
  }

  private static Forecast forecast(SplittableRandom random) {
    long ms = 1000L * (1 << random.nextInt(14));
    return new Forecast(ms, 2 * ms, ms);
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

  private static RunningGang victim(ClusterSnapshot snapshot, GangId id) {
    return snapshot.running().stream().filter(r -> r.id().equals(id)).findFirst().orElseThrow();
  }

  private static boolean isDear(EvictionTerms terms) {
    return terms.costMs(NOW_MS) > 300_000;
  }

  /** No eviction without a start among them: the plan's own laws say so. */
  @Seeded(runs = 2000)
  void rulesAreKept(SplittableRandom random) {
    ClusterSnapshot snapshot = anySnapshot(random);
    Plan plan = planner.plan(snapshot);
    assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
    Map<String, Integer> freed = new HashMap<>();
    int dear = 0;
    for (Eviction eviction : plan.evictions().values()) {
      int freedHere = 0;
      for (GangId id : eviction.victims()) {
        RunningGang victim = victim(snapshot, id);
        EvictionTerms terms = victim.terms().orElseThrow();
        assertThat(terms.evictions()).isLessThan(5);
        assertThat(terms.ranMs(NOW_MS)).isGreaterThanOrEqualTo(600_000);
        freed.merge(terms.queue(), victim.members().size(), Integer::sum);
        freedHere += victim.members().size();
        dear += isDear(terms) ? victim.members().size() : 0;
      }
      for (Map.Entry<GangId, Eviction.Shrink> shrink : eviction.shrinks().entrySet()) {
        RunningGang victim = victim(snapshot, shrink.getKey());
        EvictionTerms terms = victim.terms().orElseThrow();
        assertThat(terms.checkpointMs()).as("it can start anew").isPresent();
        assertThat(shrink.getValue().width())
            .isGreaterThanOrEqualTo(victim.elastic().orElseThrow().minimum());
        freed.merge(terms.queue(), shrink.getValue().members().size(), Integer::sum);
        freedHere += shrink.getValue().members().size();
        dear += isDear(terms) ? shrink.getValue().members().size() : 0;
      }
      assertThat(freedHere).isLessThanOrEqualTo(4 * eviction.placement().size().gpus());
    }
    int total = snapshot.total("").gpus();
    assertThat(dear).isLessThanOrEqualTo(Math.max(8, total / 10));
    for (Eviction eviction : plan.evictions().values()) {
      String own = queueOf(snapshot, eviction.gang());
      freed.forEach(
          (queue, gpus) -> {
            Queue.Share share = snapshot.queues().get(queue).share("");
            boolean onlyForOthers =
                plan.evictions().keySet().stream()
                    .noneMatch(gang -> queueOf(snapshot, gang).equals(queue));
            if (!queue.equals(own) && onlyForOthers) {
              assertThat(share.used().gpus() + placed(plan, snapshot, queue) - gpus)
                  .as("what %s has left", queue)
                  .isGreaterThanOrEqualTo(share.guaranteed().gpus());
            }
          });
    }
  }

  private static int placed(Plan plan, ClusterSnapshot snapshot, String queue) {
    return plan.placements().stream()
        .filter(placement -> queueOf(snapshot, placement.gang()).equals(queue))
        .mapToInt(placement -> placement.size().gpus())
        .sum();
  }

  private static String queueOf(ClusterSnapshot snapshot, GangId id) {
    return waiting(snapshot, id).queue();
  }

  private static Gang waiting(ClusterSnapshot snapshot, GangId id) {
    return snapshot.gangs().stream().filter(gang -> gang.id().equals(id)).findFirst().orElseThrow();
  }

  /**
   * Within a queue: the victim, back in the line with the same forecast, does not evict in turn.
   */
  @Seeded(runs = 2000)
  void resubmissionCausesNoFurtherEviction(SplittableRandom random) {
    long longMs = 1000L * random.nextInt(1, 20_000);
    long shortMs = 1000L * random.nextInt(1, 20_000);
    int gpus = random.nextInt(1, 9);
    String full = "n1" + " v".repeat(gpus);
    Gang waits = gang("j").members(random.nextInt(1, gpus + 1), 1).build();
    if (plan(full, waits, "v", longMs, shortMs).evictions().isEmpty()) {
      return;
    }
    int left = gpus - waits.minimum();
    Gang back = gang("v").members(gpus, 1).build();
    String swapped = "n1" + " j".repeat(waits.minimum()) + " .".repeat(left);
    assertThat(plan(swapped, back, "j", shortMs, longMs).evictions()).isEmpty();
  }

  private Plan plan(String text, Gang waiting, String runs, long runsMs, long waitsMs) {
    Picture picture = Picture.of(text);
    ClusterSnapshot plain = picture.with(waiting);
    EvictionTerms terms =
        new EvictionTerms("root.a", 0, 0, OptionalLong.of(0), OptionalLong.empty(), 62_000, 1);
    return planner.plan(
        new ClusterSnapshot(
            NOW_MS,
            true,
            plain.nodes(),
            plain.queues(),
            plain.gangs(),
            plain.reservations(),
            ImmutableList.of(
                new RunningGang(
                    new GangId(runs), picture.running().get(0).members(), 0, Optional.of(terms))),
            ImmutableMap.of(
                new GangId(runs),
                new Forecast(runsMs, runsMs, runsMs),
                waiting.id(),
                new Forecast(waitsMs, waitsMs, waitsMs)),
            ImmutableSortedMap.of(),
            ImmutableSortedMap.of(),
            true));
  }
}
