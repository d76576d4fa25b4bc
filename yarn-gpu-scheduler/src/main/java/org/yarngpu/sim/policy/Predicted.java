package org.yarngpu.sim.policy;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.Collections2;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yarngpu.config.OrderSettings;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Orders.GangTerms;
import org.yarngpu.model.Orders.UserTerms;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.RunningGang;
import org.yarngpu.planner.EvictionRules;
import org.yarngpu.planner.Planner;
import org.yarngpu.policy.order.DecayedUse;
import org.yarngpu.policy.order.DecayedUse.UserOfQueue;
import org.yarngpu.policy.order.Lateness;
import org.yarngpu.sim.Sharing;
import org.yarngpu.sim.policy.Decision.Recall;
import org.yarngpu.sim.policy.Decision.Resize;
import org.yarngpu.sim.policy.Decision.Start;

/**
 * The product with forecasts: queues as ever, within one the order that the settings name for it,
 * else the least expected remaining GPU time first; backfilling around reservations, and evictions
 * each minute: every job counts as one that saves its work as often as the host says. Elastic jobs
 * start with what fits above their minimum, get what nobody waits for, and give it back.
 */
public final class Predicted implements Policy {
  /** Of each line so many can matter in a cycle; the planner looks no further. */
  private static final int HEADS = 250;

  /** So many of the longest waiters are looked at, since only three of them come first. */
  private static final int OLDEST = 100;

  /**
   * A waiting gang and what is believed of it since it began to wait; nothing of replicas.
   *
   * @param gang with the members that must start together
   */
  private record Waiting(ActiveJob job, Gang gang, Optional<Forecast> forecast) {
    static final Comparator<Waiting> ORDER =
        Comparator.comparingInt((Waiting w) -> -w.gang.priority())
            .thenComparingDouble(
                w -> w.forecast.map(Forecast::indexMs).orElse(0.0) * w.gang.minimumSize().gpus())
            .thenComparingInt(w -> w.job.number());
  }

  /** Gangs that wait for the same GPUs: those of a queue, or those that it is lent. */
  private record Line(String queue, boolean borrows) {
    static final Comparator<Line> ORDER =
        Comparator.comparing(Line::queue).thenComparing(Line::borrows);

    static Line of(ActiveJob job) {
      return new Line(job.gang().queue(), job.borrows());
    }
  }

  private final Forecaster forecaster;
  private final Planner planner;
  private final boolean evicts;
  private final OrderSettings settings;

  /** Whether all is as without settings: forecasts order every queue, and nobody's use counts. */
  private final boolean onlyForecasts;

  private final DecayedUse use = new DecayedUse();
  private final Lateness lateness = new Lateness();
  private final Map<UserOfQueue, Integer> held = new HashMap<>();
  private final Map<GangId, Waiting> waiting = new HashMap<>();
  private final Map<Line, TreeSet<Waiting>> lines = new TreeMap<>(Line.ORDER);
  private ImmutableSortedMap<String, Reservation> reservations = ImmutableSortedMap.of();
  private ImmutableSortedMap<GangId, Promise> promises = ImmutableSortedMap.of();
  private final TreeSet<ActiveJob> oldest = new TreeSet<>(ActiveJob.BY_SUBMISSION);

  private final Borrowing borrowing;

  /** Whether GPUs are free that a running job would take now or when it may next. */
  private boolean anyGrows;

  private Predicted(
      Forecaster forecaster,
      Planner planner,
      boolean evicts,
      OrderSettings settings,
      Borrowing borrowing) {
    this.forecaster = forecaster;
    this.borrowing = borrowing;
    this.planner = planner;
    this.evicts = evicts;
    this.settings = settings;
    this.onlyForecasts =
        settings.byPath().isEmpty() && settings.weights().equals(OrderWeights.NONE);
  }

  public static Predicted withForecasts(OrderSettings settings) {
    return evicting(new LearningForecaster(), settings, Borrowing.none());
  }

  public static Predicted withPerfectTimes(GroundTruth truth, OrderSettings settings) {
    return evicting(new PerfectForecaster(truth), settings, Borrowing.none());
  }

  public static Predicted withoutEvictions(OrderSettings settings) {
    return new Predicted(
        new LearningForecaster(), Planner.predicted(), false, settings, Borrowing.none());
  }

  /** One that serves replicas, too, and lends what they leave idle. */
  public static Predicted sharing(Sharing sharing) {
    return evicting(new LearningForecaster(), Policies.DEFAULT_ORDERS, Borrowing.by(sharing));
  }

  private static Predicted evicting(
      Forecaster forecaster, OrderSettings settings, Borrowing borrowing) {
    return new Predicted(
        forecaster, Planner.predicted(EvictionRules.DEFAULT), true, settings, borrowing);
  }

  @Override
  public long tickMs() {
    return evicts ? EvictionRules.PERIOD_MS : 0;
  }

  @Override
  public void waits(ActiveJob job) {
    Waiting entry = new Waiting(job, ElasticJobs.waiting(job), forecast(job));
    waiting.put(job.gang().id(), entry);
    lines.computeIfAbsent(Line.of(job), line -> new TreeSet<>(Waiting.ORDER)).add(entry);
    oldest.add(job);
  }

  private Optional<Forecast> forecast(ActiveJob job) {
    if (job.serves()) {
      return Optional.empty();
    }
    Forecast forecast = ElasticJobs.forecast(job, forecaster.of(job));
    boolean yieldsCheaply = evicts && evictionCostMs(job) <= EvictionTerms.CHEAP_MS;
    return Optional.of(yieldsCheaply ? forecast : forecast.orderedByExpectation());
  }

  @Override
  public void withdrawn(ActiveJob replica) {
    forget(replica);
  }

  @Override
  public void started(ActiveJob job) {
    forget(job);
    held.merge(userOf(job), job.heldGpus(), Integer::sum);
  }

  private void forget(ActiveJob job) {
    Waiting entry = requireNonNull(waiting.remove(job.gang().id()), "a job that does not wait");
    requireNonNull(lines.get(Line.of(job)), "its queue is unknown").remove(entry);
    oldest.remove(job);
  }

  private static UserOfQueue userOf(ActiveJob job) {
    return new UserOfQueue(job.gang().queue(), job.user());
  }

  @Override
  public void ended(ActiveJob job) {
    forecaster.learn(job);
    lateness.ended((double) job.attainedServiceMs());
  }

  @Override
  public boolean anyWaits() {
    return !waiting.isEmpty() || anyGrows;
  }

  @Override
  public Decision decide(View view) {
    if (!onlyForecasts) {
      count(view);
    }
    boolean evictionsDue = evicts && view.nowMs() % EvictionRules.PERIOD_MS == 0;
    ImmutableList<Gang> growing = ElasticJobs.growing(view.running());
    anyGrows = !growing.isEmpty() && view.freeGpus() > 0;
    if (!borrowing.isPossible()
        && (waiting.isEmpty() ? !anyGrows : view.freeGpus() == 0 && !evictionsDue)) {
      return Decision.start(ImmutableList.of());
    }
    Map<GangId, Waiting> heads = heads(view.nowMs());
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    heads.forEach((id, entry) -> entry.forecast().ifPresent(each -> forecasts.put(id, each)));
    Map<GangId, ActiveJob> byId = new HashMap<>();
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    for (ActiveJob job : view.running()) {
      running.add(
          new RunningGang(
              job.gang().id(),
              job.members(),
              job.waitedMs(),
              terms(job),
              ElasticJobs.elastic(job)));
      byId.put(job.gang().id(), job);
      forecast(job).ifPresent(each -> forecasts.put(job.gang().id(), each));
    }
    ClusterSnapshot snapshot =
        view.snapshot(gangs(heads, growing), reservations)
            .withForecasts(running.build(), forecasts.build())
            .withPromises(promises)
            .withEvictions(borrowing.underWay(), evictionsDue);
    if (settings.lateFactor() > 0 && lateness.isDue(view.nowMs())) {
      lateness.look(snapshot, jobs(view));
    }
    snapshot = snapshot.withOrders(orders(snapshot, byId));
    if (evicts) {
      snapshot = snapshot.withEvictionCosts(evictionCostsMs(heads, view.running()));
    }
    snapshot =
        borrowing.in(
            snapshot,
            Iterables.concat(view.running(), Collections2.transform(heads.values(), Waiting::job)));
    Plan plan = planner.plan(snapshot);
    reservations = plan.reservations();
    promises = plan.promises();
    ImmutableList.Builder<Start> starts = ImmutableList.builder();
    ImmutableList.Builder<Resize> resizes = ImmutableList.builder();
    for (Placement placement : plan.placements()) {
      @Nullable ActiveJob grows = byId.get(placement.gang());
      if (grows == null) {
        starts.add(start(placement));
      } else {
        resizes.add(ElasticJobs.wider(grows, placement));
      }
    }
    ImmutableList.Builder<ActiveJob> evictions = ImmutableList.builder();
    Borrowing.Taken taken = borrowing.taken(plan, snapshot);
    for (Eviction eviction : taken.others()) {
      evictions.addAll(victims(eviction, byId));
      eviction
          .shrinks()
          .forEach((id, shrink) -> resizes.add(ElasticJobs.narrower(running(id, byId), shrink)));
      starts.add(start(eviction.placement()));
    }
    return new Decision(
        evictions.build(),
        starts.build(),
        taken.recalls().stream()
            .map(recall -> new Recall(victims(recall, byId)))
            .collect(ImmutableList.toImmutableList()),
        resizes.build());
  }

  private static ImmutableList<ActiveJob> victims(
      Eviction eviction, Map<GangId, ActiveJob> running) {
    return eviction.victims().stream()
        .map(id -> running(id, running))
        .collect(ImmutableList.toImmutableList());
  }

  private static ActiveJob running(GangId id, Map<GangId, ActiveJob> running) {
    return requireNonNull(running.get(id), "a victim does not run");
  }

  /** Counts what was held up to now as used. */
  private void count(View view) {
    Map<UserOfQueue, Integer> now = new HashMap<>();
    view.running().forEach(job -> now.merge(userOf(job), job.heldGpus(), Integer::sum));
    use.advance(view.nowMs(), settings.useHalfLifeMs(), held);
    held.clear();
    held.putAll(now);
  }

  private ImmutableList<Lateness.Job> jobs(View view) {
    ImmutableList.Builder<Lateness.Job> jobs = ImmutableList.builder();
    for (Waiting entry : waiting.values()) {
      if (!entry.job().borrows()) {
        entry
            .forecast()
            .ifPresent(each -> jobs.add(job(entry.job(), each, entry.gang().minimumSize().gpus())));
      }
    }
    for (ActiveJob job : view.running()) {
      if (!job.borrows()) {
        forecast(job).ifPresent(each -> jobs.add(job(job, each, job.heldGpus())));
      }
    }
    return jobs.build();
  }

  private static Lateness.Job job(ActiveJob job, Forecast forecast, int gpus) {
    return new Lateness.Job(
        job.gang().partition(),
        (double) job.attainedServiceMs(),
        forecast.expectedRemainingMs() * gpus);
  }

  private Orders orders(ClusterSnapshot snapshot, Map<GangId, ActiveJob> running) {
    Orders orders =
        settings.of(snapshot.queues().keySet()).withLate(lateness.terms(settings.lateFactor()));
    if (onlyForecasts) {
      return orders;
    }
    ImmutableMap.Builder<GangId, GangTerms> gangs = ImmutableMap.builder();
    for (Gang gang : snapshot.gangs()) {
      @Nullable Waiting entry = waiting.get(gang.id());
      ActiveJob job = entry == null ? running(gang.id(), running) : entry.job();
      gangs.put(gang.id(), new GangTerms(job.attainedServiceMs(), OptionalLong.empty()));
    }
    return new Orders(
        orders.byQueue(),
        orders.weights(),
        orders.starveAfterMs(),
        ImmutableMap.copyOf(
            Maps.transformValues(
                use.gpuMs(),
                users ->
                    ImmutableMap.copyOf(
                        Maps.transformValues(users, gpuMs -> new UserTerms(1, gpuMs))))),
        gangs.build(),
        orders.late());
  }

  private static ImmutableMap<GangId, Long> evictionCostsMs(
      Map<GangId, Waiting> heads, Collection<? extends ActiveJob> running) {
    return Stream.concat(heads.values().stream().map(Waiting::job), running.stream())
        .filter(job -> !job.serves())
        .collect(ImmutableMap.toImmutableMap(job -> job.gang().id(), Predicted::evictionCostMs));
  }

  /** Every job saves its work; that since the last time is lost, half an interval on average. */
  private static long evictionCostMs(ActiveJob job) {
    return job.restartMs() + job.checkpointMs() / 2;
  }

  private Start start(Placement placement) {
    Waiting started = requireNonNull(waiting.get(placement.gang()), "a gang was not asked for");
    return new Start(started.job(), placement.members());
  }

  private static Optional<EvictionTerms> terms(ActiveJob job) {
    return job.serves()
        ? Optional.empty()
        : Optional.of(
            new EvictionTerms(
                job.gang().queue(),
                job.gang().priority(),
                job.heldSinceMs(),
                OptionalLong.of(job.checkpointMs()),
                OptionalLong.empty(),
                job.restartMs(),
                job.evictions()));
  }

  private Map<GangId, Waiting> heads(long nowMs) {
    Map<GangId, Waiting> heads = new LinkedHashMap<>();
    for (Map.Entry<Line, TreeSet<Waiting>> line : lines.entrySet()) {
      boolean sorted =
          settings.of(line.getKey().queue()) == LeafOrderName.PREDICTED
              && settings.weights().equals(OrderWeights.NONE);
      long count = sorted ? HEADS : Long.MAX_VALUE;
      line.getValue().stream()
          .limit(count)
          .forEach(entry -> heads.put(entry.job().gang().id(), entry));
    }
    for (Reservation reservation : reservations.values()) {
      Waiting reserved = waiting.get(reservation.gang());
      if (reserved != null) {
        heads.put(reservation.gang(), reserved);
      }
    }
    int seen = 0;
    for (ActiveJob job : oldest) {
      if (seen++ == OLDEST || nowMs - job.gang().submittedMs() < settings.starveAfterMs()) {
        break;
      }
      GangId id = job.gang().id();
      heads.put(id, requireNonNull(waiting.get(id), "an old job does not wait"));
    }
    return heads;
  }

  private static ImmutableList<Gang> gangs(Map<GangId, Waiting> heads, List<Gang> growing) {
    return Stream.concat(heads.values().stream().map(Waiting::gang), growing.stream())
        .collect(ImmutableList.toImmutableList());
  }
}
