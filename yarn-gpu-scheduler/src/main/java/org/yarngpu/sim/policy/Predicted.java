package org.yarngpu.sim.policy;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.RunningGang;
import org.yarngpu.planner.Planner;
import org.yarngpu.sim.policy.Decision.Start;

/**
 * The product with forecasts: queues as ever, the least expected remaining GPU time first within
 * one, and backfilling around reservations.
 */
public final class Predicted implements Policy {
  /** Of each queue so many can matter in a cycle; the planner looks no further. */
  private static final int HEADS = 250;

  /** So many of the longest waiters are looked at, since only three of them come first. */
  private static final int OLDEST = 100;

  /** A waiting gang and what is believed of it since it began to wait. */
  private record Waiting(ActiveJob job, Forecast forecast) {
    static final Comparator<Waiting> ORDER =
        Comparator.comparingInt((Waiting w) -> -w.job.gang().priority())
            .thenComparingDouble(w -> w.forecast.expectedRemainingMs() * w.job.gpus())
            .thenComparingInt(w -> w.job.number());
  }

  private final Forecaster forecaster;
  private final Planner planner = Planner.predicted();
  private final Map<GangId, Waiting> waiting = new HashMap<>();
  private final Map<String, TreeSet<Waiting>> byQueue = new TreeMap<>();
  private ImmutableSortedMap<String, Reservation> reservations = ImmutableSortedMap.of();
  private ImmutableSortedMap<GangId, Promise> promises = ImmutableSortedMap.of();
  private final TreeSet<ActiveJob> oldest = new TreeSet<>(ActiveJob.BY_SUBMISSION);

  Predicted(Forecaster forecaster) {
    this.forecaster = forecaster;
  }

  public static Predicted withForecasts() {
    return new Predicted(new LearningForecaster());
  }

  public static Predicted withPerfectTimes(GroundTruth truth) {
    return new Predicted(new PerfectForecaster(truth));
  }

  @Override
  public void waits(ActiveJob job) {
    Waiting entry = new Waiting(job, forecaster.of(job));
    waiting.put(job.gang().id(), entry);
    byQueue.computeIfAbsent(job.gang().queue(), queue -> new TreeSet<>(Waiting.ORDER)).add(entry);
    oldest.add(job);
  }

  @Override
  public void started(ActiveJob job) {
    Waiting entry = requireNonNull(waiting.remove(job.gang().id()), "a job starts unasked");
    requireNonNull(byQueue.get(job.gang().queue()), "its queue is unknown").remove(entry);
    oldest.remove(job);
  }

  @Override
  public void ended(ActiveJob job) {
    forecaster.learn(job);
  }

  @Override
  public boolean anyWaits() {
    return !waiting.isEmpty();
  }

  @Override
  public Decision decide(View view) {
    if (waiting.isEmpty() || view.freeGpus() == 0) {
      return Decision.start(ImmutableList.of());
    }
    Map<GangId, Waiting> heads = heads(view.nowMs());
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    heads.forEach((id, entry) -> forecasts.put(id, entry.forecast()));
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    for (ActiveJob job : view.running()) {
      running.add(new RunningGang(job.gang().id(), job.members(), job.waitedMs()));
      forecasts.put(job.gang().id(), forecaster.of(job));
    }
    ClusterSnapshot snapshot =
        view.snapshot(gangs(heads), reservations)
            .withForecasts(running.build(), forecasts.build())
            .withPromises(promises);
    Plan plan = planner.plan(snapshot);
    reservations = plan.reservations();
    promises = plan.promises();
    ImmutableList.Builder<Start> starts = ImmutableList.builder();
    for (Placement placement : plan.placements()) {
      Waiting started = requireNonNull(waiting.get(placement.gang()), "a gang was not asked for");
      starts.add(new Start(started.job(), placement.members()));
    }
    return Decision.start(starts.build());
  }

  private Map<GangId, Waiting> heads(long nowMs) {
    Map<GangId, Waiting> heads = new LinkedHashMap<>();
    for (TreeSet<Waiting> queue : byQueue.values()) {
      queue.stream().limit(HEADS).forEach(entry -> heads.put(entry.job().gang().id(), entry));
    }
    for (Reservation reservation : reservations.values()) {
      Waiting reserved = waiting.get(reservation.gang());
      if (reserved != null) {
        heads.put(reservation.gang(), reserved);
      }
    }
    int seen = 0;
    for (ActiveJob job : oldest) {
      if (seen++ == OLDEST || nowMs - job.gang().submittedMs() < Planner.PROMOTED_AFTER_MS) {
        break;
      }
      GangId id = job.gang().id();
      heads.put(id, requireNonNull(waiting.get(id), "an old job does not wait"));
    }
    return heads;
  }

  private static ImmutableList<Gang> gangs(Map<GangId, Waiting> heads) {
    return heads.values().stream()
        .map(entry -> entry.job().gang())
        .collect(ImmutableList.toImmutableList());
  }
}
