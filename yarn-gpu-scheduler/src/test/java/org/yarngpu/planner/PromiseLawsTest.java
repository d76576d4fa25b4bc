package org.yarngpu.planner;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.RunningGang;
import org.yarngpu.testing.Picture;
import org.yarngpu.testing.Seeded;

/** What promises are worth in the course of many cycles, on one node. */
class PromiseLawsTest {
  private static final int GPUS = 6;

  /** Whole gangs on one node; times in seconds. */
  private static final class Cluster {
    final Planner planner = Planner.predicted();
    final Map<GangId, Long> forecasts = new HashMap<>();
    final Map<GangId, Long> truths = new HashMap<>();
    final List<Gang> waiting = new ArrayList<>();
    final Map<GangId, Long> started = new HashMap<>();
    final Map<GangId, ImmutableList<Placement.Member>> running = new HashMap<>();
    ImmutableSortedMap<GangId, Promise> promises = ImmutableSortedMap.of();
    ImmutableSortedMap<String, Reservation> reservations = ImmutableSortedMap.of();
    long now;

    void submit(Gang gang, long forecast, long truth) {
      waiting.add(gang);
      forecasts.put(gang.id(), forecast);
      truths.put(gang.id(), truth);
    }

    boolean runs(String gang) {
      return started.containsKey(new GangId(gang));
    }

    Optional<GangId> first() {
      return waiting.stream()
          .min(
              Comparator.comparingLong((Gang gang) -> forecasts.get(gang.id()) * gang.minimum())
                  .thenComparing(Gang::id))
          .map(Gang::id);
    }

    int secondsToNextEnd() {
      return (int)
          running.keySet().stream()
              .mapToLong(id -> started.get(id) + truths.get(id) - now)
              .min()
              .orElse(0);
    }

    /** Lets so many seconds pass, then plans. */
    Plan cycle(int seconds) {
      now += seconds;
      running.keySet().removeIf(id -> started.get(id) + truths.get(id) <= now);
      int used = running.values().stream().mapToInt(ImmutableList::size).sum();
      Picture picture = Picture.of("n1" + " x".repeat(used) + " .".repeat(GPUS - used));
      ClusterSnapshot snapshot = snapshot(picture.with(waiting.toArray(Gang[]::new)));
      Plan plan = planner.plan(snapshot);
      assertThat(PlanLaws.violations(plan, snapshot)).isEmpty();
      for (Placement placement : plan.placements()) {
        waiting.removeIf(gang -> gang.id().equals(placement.gang()));
        started.put(placement.gang(), now);
        running.put(placement.gang(), placement.members());
      }
      promises = plan.promises();
      reservations = plan.reservations();
      return plan;
    }

    private ClusterSnapshot snapshot(ClusterSnapshot picture) {
      ImmutableMap.Builder<GangId, Forecast> all = ImmutableMap.builder();
      waiting.forEach(gang -> all.put(gang.id(), forecast(forecasts.get(gang.id()))));
      running
          .keySet()
          .forEach(
              id -> {
                long left = started.get(id) + forecasts.get(id) - now;
                all.put(id, forecast(left > 0 ? left : 60));
              });
      ImmutableMap<String, Queue> queues = picture.queues();
      return new ClusterSnapshot(
          now * 1000,
          true,
          picture.nodes(),
          queues,
          picture.gangs(),
          reservations,
          running.entrySet().stream()
              .sorted(Map.Entry.comparingByKey())
              .map(entry -> new RunningGang(entry.getKey(), entry.getValue(), 0))
              .collect(ImmutableList.toImmutableList()),
          all.build(),
          promises,
          ImmutableSortedMap.of(),
          false,
          Loans.NONE);
    }

    private static Forecast forecast(long seconds) {
      return new Forecast(seconds * 1000, seconds * 1000, seconds * 1000.0);
    }
  }

  /**
   * Of the first in line: what later ones are promised stands behind it for good, as if it never
   * ended, and may move when it has started.
   */
  @Seeded(runs = 200)
  void withPerfectForecastsTheFirstReservationNeverSlips(SplittableRandom random) {
    Cluster cluster = new Cluster();
    for (int g = random.nextInt(2, 20); g > 0; g--) {
      long runs = random.nextInt(10, 2000);
      cluster.submit(gang("g" + g).members(random.nextInt(1, GPUS + 1), 1).build(), runs, runs);
    }
    Map<GangId, Long> firstPromises = new HashMap<>();
    while (!cluster.waiting.isEmpty()) {
      Plan plan = cluster.cycle(cluster.secondsToNextEnd());
      cluster.first().ifPresent(id -> firstPromises.putIfAbsent(id, startMs(plan, id)));
    }
    firstPromises.forEach(
        (id, ms) ->
            assertThat(cluster.started.get(id) * 1000).as("%s", id).isLessThanOrEqualTo(ms + 1000));
  }

  private static long startMs(Plan plan, GangId id) {
    return requireNonNull(plan.promises().get(id)).startMs();
  }

  /**
   * One-GPU jobs that run twenty times as long as forecast, one a minute for ever, forecast to fit
   * before the reservation of a gang that needs the node and comes first in the order.
   */
  @Seeded(runs = 50)
  void aWideGangStartsBehindUnderPredictedJobs(SplittableRandom random) {
    Cluster cluster = new Cluster();
    for (int g = 0; g < GPUS; g++) {
      cluster.submit(gang("a" + g).members(1, 1).build(), 60, random.nextInt(600, 1200));
    }
    cluster.cycle(0);
    cluster.submit(gang("wide").members(GPUS, 1).build(), random.nextInt(1, 7), 600);
    int boundMinutes = 3 * 3 + 20 + 20; // three slips and two generations of jobs
    for (int minute = 0; minute < boundMinutes + 10; minute++) {
      cluster.submit(gang("b" + minute).submitted(minute).members(1, 1).build(), 60, 1200);
      cluster.submit(gang("c" + minute).submitted(minute).members(1, 1).build(), 45, 1200);
      cluster.cycle(60);
      if (cluster.runs("wide")) {
        return;
      }
    }
    throw new AssertionError("the wide gang starves");
  }
}
