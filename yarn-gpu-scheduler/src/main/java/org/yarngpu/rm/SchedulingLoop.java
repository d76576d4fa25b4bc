package org.yarngpu.rm;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.base.Ticker;
import com.google.common.collect.Collections2;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterables;
import com.google.common.collect.Maps;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.config.PreemptionMode;
import org.yarngpu.config.Settings;
import org.yarngpu.journal.Cycle;
import org.yarngpu.journal.CycleJson;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.PolicyName;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.planner.PlanLaws;
import org.yarngpu.planner.StartEstimate;
import org.yarngpu.planner.Tier;
import org.yarngpu.policy.order.OrderByQueue;
import org.yarngpu.policy.order.Standing;

/**
 * Runs the cycles: one thread, woken by news, not more often than the shortest period and not less
 * often than the longest. The only place that catches everything: no policy brings the
 * ResourceManager down.
 */
final class SchedulingLoop implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(SchedulingLoop.class);

  private static final long CERTAIN_AFTER_MS = 2_000;
  private static final long ESTIMATES_PERIOD_MS = 60_000;

  private final GpuScheduler scheduler;
  private final SnapshotBuilder snapshots;
  private final Forecasts forecasts;
  private final QueueOrders orders;
  private final YarnPlanExecutor executor;
  private final Explanations explanations;
  private final Evictions evictions;
  private final LoanBook loans = new LoanBook();
  private final SchedulerMetrics metrics;
  private final Journal journal;
  private final Fallback fallback = new Fallback();
  private final ClockJumps clockJumps;
  private volatile long startedMs;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private boolean dirty;
  private volatile boolean stopped;

  private ImmutableSortedMap<String, Reservation> reservations = ImmutableSortedMap.of();

  private ImmutableSortedMap<GangId, Promise> promises = ImmutableSortedMap.of();
  private ImmutableSortedMap<GangId, Eviction> held = ImmutableSortedMap.of();
  private long evictionsDecidedMs;
  private ImmutableMap<GangId, StartEstimate> estimates = ImmutableMap.of();
  private long estimatedMs;
  private boolean estimateFailureLogged;

  /** That made the reservations, promises and evictions. */
  private @Nullable PolicyName lastPolicy;

  private volatile boolean gangsWait;
  private long lastFailureMs;
  private long cycles;

  SchedulingLoop(
      GpuScheduler scheduler,
      SnapshotBuilder snapshots,
      Forecasts forecasts,
      YarnPlanExecutor executor,
      SchedulerMetrics metrics,
      Ticker steady) {
    this.scheduler = scheduler;
    this.snapshots = snapshots;
    this.forecasts = forecasts;
    this.orders = QueueOrders.open(scheduler, forecasts);
    this.executor = executor;
    this.explanations = new Explanations(scheduler.getRMContext());
    this.evictions = new Evictions(scheduler, metrics);
    this.metrics = metrics;
    this.journal = new Journal(metrics);
    this.clockJumps = new ClockJumps(steady);
    this.startedMs = scheduler.getClock().getTime();
  }

  /** Raises the flag: something happened that may let a gang start. Never blocks for long. */
  void wake() {
    lock.lock();
    try {
      dirty = true;
      news.signal();
    } finally {
      lock.unlock();
    }
  }

  /** As {@link #wake}, for news that matter only to gangs that already wait. */
  void wakeIfGangsWait() {
    if (gangsWait) {
      wake();
    }
  }

  void stop() {
    stopped = true;
    wake();
  }

  /** Writes what is to be kept, once no cycle runs any more. */
  void close() {
    journal.close();
    orders.close();
  }

  /** Whether every node has had the time to register. */
  boolean settled() {
    return scheduler.getClock().getTime() - startedMs >= settings().admitSettleMs();
  }

  @Override
  public void run() {
    try {
      long cycleNanos = 0;
      while (!stopped) {
        long pauseNanos = TimeUnit.MILLISECONDS.toNanos(settings().cyclePeriodMinMs());
        TimeUnit.NANOSECONDS.sleep(Math.max(pauseNanos, cycleNanos));
        awaitNews(pauseMaxMs());
        long begunNanos = System.nanoTime();
        if (!stopped && ready()) {
          cycle();
        }
        cycleNanos = System.nanoTime() - begunNanos;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Settings settings() {
    return scheduler.settings();
  }

  /** Until the next grace is over, if nothing happens before. */
  long pauseMaxMs() {
    long nowMs = scheduler.getClock().getTime();
    long pauseMs = settings().cyclePeriodMaxMs();
    OptionalLong killMs = evictions.nextKillMs(nowMs);
    return killMs.isPresent() ? Math.min(pauseMs, killMs.getAsLong() - nowMs) : pauseMs;
  }

  private void awaitNews(long atMostMs) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = TimeUnit.MILLISECONDS.toNanos(atMostMs);
      while (!dirty && nanos > 0) {
        nanos = news.awaitNanos(nanos);
      }
      dirty = false;
    } finally {
      lock.unlock();
    }
  }

  private boolean ready() {
    RMContext context = scheduler.getRMContext();
    return !context.isWorkPreservingRecoveryEnabled()
        || context.isSchedulerReadyForAllocatingContainers();
  }

  /** One cycle; in virtual time the host calls it directly. */
  void cycle() {
    long nowMs = scheduler.getClock().getTime();
    long jumpMs = clockJumps.since(nowMs);
    if (jumpMs != 0) {
      clockSet(jumpMs, nowMs);
    }
    if (fallback.active() && nowMs - lastFailureMs < settings().fallbackRetryMs()) {
      return;
    }
    cycles++;
    Settings settings = settings();
    journal.follow(settings);
    PolicyName policy = settings.policy();
    if (policy != lastPolicy) {
      promises = ImmutableSortedMap.of();
      held = ImmutableSortedMap.of();
      estimates = ImmutableMap.of();
      estimatedMs = 0;
      publish(ImmutableSortedMap.of());
      lastPolicy = policy;
    }
    @Nullable ClusterSnapshot snapshot = null;
    @Nullable Plan plan = null;
    try {
      long start = System.nanoTime();
      evictions.advance(held.keySet(), nowMs);
      snapshot = snapshots.build(nowMs, settled(), reservations);
      orders.count(snapshot, settings.orders());
      if (policy == PolicyName.PREDICTED) {
        snapshot =
            orders
                .in(
                    forecasts.in(snapshot, scheduler.gangs(), settings.modelSpeeds()),
                    settings.orders())
                .withPromises(promises)
                .withEvictions(held, evictionsDue(settings, nowMs));
        snapshot = loans.in(snapshot, scheduler.gangs(), settings);
      }
      long built = System.nanoTime();
      plan = scheduler.planner(policy).plan(snapshot);
      ImmutableList<String> violations = PlanLaws.violations(plan, snapshot);
      checkState(violations.isEmpty(), "the plan breaks laws: %s", violations);
      long planned = System.nanoTime();
      ImmutableList<Cycle.Outcome> outcomes =
          fallback.active() ? ImmutableList.of() : carryOut(plan, snapshot);
      metrics.loans(snapshot);
      metrics.cycle(plan, built - start, planned - built, System.nanoTime() - planned);
      journal.record(Cycle.decided(cycles, policy, snapshot, plan, outcomes, planned - built));
      if (fallback.succeeded()) {
        LOG.warn("Planning works again; the planner takes back the asks with a GPU");
        metrics.fallback(false);
        publish(ImmutableSortedMap.of());
      }
    } catch (RuntimeException | Error e) {
      failed(
          e,
          snapshot == null
              ? null
              : Cycle.failed(cycles, policy, snapshot, Optional.ofNullable(plan), e.toString()),
          nowMs);
    }
  }

  /** What was noted by the wall clock moves along; what was read from files does not. */
  private void clockSet(long byMs, long nowMs) {
    LOG.warn(
        "The clock was set {} by {} s; what waits, runs or has its grace is not counted as older"
            + " or younger for that",
        byMs > 0 ? "ahead" : "back",
        Math.abs(byMs) / 1000);
    scheduler.gangs().all().forEach(gang -> gang.clockSet(byMs, nowMs));
    evictions.clockSet(byMs);
    long startedBeforeMs = startedMs; // written by this thread only
    startedMs = startedBeforeMs + byMs;
    lastFailureMs += byMs;
    evictionsDecidedMs += byMs;
    estimatedMs += byMs;
    promises =
        ImmutableSortedMap.copyOf(Maps.transformValues(promises, promise -> promise.moved(byMs)));
    held = ImmutableSortedMap.copyOf(Maps.transformValues(held, hold -> hold.moved(byMs)));
  }

  /** Returns what became of each placement. */
  private ImmutableList<Cycle.Outcome> carryOut(Plan plan, ClusterSnapshot snapshot) {
    Set<GangId> notCommitted = new HashSet<>();
    ImmutableList.Builder<Cycle.Outcome> outcomes = ImmutableList.builder();
    int members = 0;
    for (Placement placement : plan.placements()) {
      if (notCommitted.contains(placement.gang())) {
        outcomes.add(Cycle.Outcome.SKIPPED);
        continue; // further members never come before the minimum
      }
      YarnPlanExecutor.Outcome outcome = executor.commit(placement);
      metrics.committed(outcome);
      outcomes.add(recorded(outcome));
      if (outcome == YarnPlanExecutor.Outcome.COMMITTED) {
        members += placement.members().size();
        explanations.started(placement.gang(), scheduler.gangs());
      } else {
        notCommitted.add(placement.gang());
        LOG.info("Placement of {} not committed: {}", placement.gang(), outcome);
      }
    }
    promises = plan.promises();
    held = evict(plan, snapshot);
    publish(plan.reservations());
    gangsWait = !plan.rejections().isEmpty() || !notCommitted.isEmpty();
    if (members > 0) {
      LOG.info(
          "placements={} members={} waiting={} notCommitted={}",
          plan.placements().size(),
          members,
          plan.rejections().size(),
          notCommitted.size());
    }
    if (!notCommitted.isEmpty()) {
      wake();
    }
    estimate(plan, snapshot);
    explain(plan, snapshot);
    endDegraded(snapshot.nowMs());
    return outcomes.build();
  }

  private boolean evictionsDue(Settings settings, long nowMs) {
    return settings.preemption() != PreemptionMode.OFF
        && settled()
        && nowMs - evictionsDecidedMs >= settings.preemptionPeriodMs();
  }

  /** Tells the victims, and returns what is held from now on. */
  private ImmutableSortedMap<GangId, Eviction> evict(Plan plan, ClusterSnapshot snapshot) {
    if (snapshot.evictionsDue()) {
      evictionsDecidedMs = snapshot.nowMs();
    }
    boolean preempts = settings().preemption() == PreemptionMode.ON;
    ImmutableSortedMap.Builder<GangId, Eviction> holds = ImmutableSortedMap.naturalOrder();
    for (Eviction eviction : plan.evictions().values()) {
      boolean isNew = !snapshot.evictions().containsKey(eviction.gang());
      boolean isRecall = snapshot.loans().isRecall(eviction);
      boolean inEarnest = isRecall || preempts;
      if (isNew && isRecall) {
        loans.calledBack(eviction, snapshot);
      }
      if (isNew && inEarnest) {
        long graceMs = settings().preemptionGraceMs();
        for (GangId victim : eviction.victims()) {
          evictions.notice(
              victim, eviction.gang(), snapshot.loans().graceMs(victim, graceMs), snapshot.nowMs());
        }
        eviction
            .shrinks()
            .forEach(
                (gang, shrink) ->
                    evictions.noticeSurplus(
                        gang, shrink, eviction.gang(), graceMs, snapshot.nowMs()));
      } else if (isNew) {
        evictions.wouldNotice(eviction);
      }
      if (!isNew || inEarnest) {
        holds.put(eviction.gang(), eviction);
      }
    }
    return holds.build();
  }

  /** Estimates are for people to read: one that fails is logged, and the cycle goes on. */
  private void estimate(Plan plan, ClusterSnapshot snapshot) {
    boolean due = Math.abs(snapshot.nowMs() - estimatedMs) >= ESTIMATES_PERIOD_MS;
    if (lastPolicy != PolicyName.PREDICTED || plan.rejections().isEmpty() || !due) {
      return;
    }
    estimatedMs = snapshot.nowMs();
    try {
      estimates = scheduler.planner(PolicyName.PREDICTED).startEstimates(snapshot);
    } catch (RuntimeException e) {
      estimates = ImmutableMap.of();
      if (!estimateFailureLogged) {
        LOG.error("Starts of waiting gangs could not be estimated; not logged again", e);
        estimateFailureLogged = true;
      }
    }
  }

  private static Cycle.Outcome recorded(YarnPlanExecutor.Outcome outcome) {
    return switch (outcome) {
      case COMMITTED -> Cycle.Outcome.COMMITTED;
      case STALE -> Cycle.Outcome.STALE;
      case REFUSED -> Cycle.Outcome.REFUSED;
    };
  }

  private void publish(ImmutableSortedMap<String, Reservation> reserved) {
    reservations = reserved;
    scheduler.publish(
        StockVeto.of(
            fallback.active(),
            Iterables.concat(
                reserved.values(), Collections2.transform(held.values(), Eviction::hold))));
  }

  private void explain(Plan plan, ClusterSnapshot snapshot) {
    Function<Gang, Standing> standings = new OrderByQueue().of(snapshot);
    for (Gang gang : snapshot.gangs()) {
      GangState state = scheduler.gangs().gang(gang.id());
      if (state == null) {
        continue;
      }
      Rejection rejection = plan.rejections().get(gang.id());
      explanations.explain(
          state,
          rejection,
          forecastOf(state, snapshot),
          Optional.ofNullable(plan.promises().get(gang.id())),
          Optional.ofNullable(estimates.get(gang.id())),
          rejection != null && lastPolicy == PolicyName.PREDICTED
              ? Optional.of(
                  new Explanations.Place(
                      Tier.of(gang, snapshot), standings.apply(gang), snapshot.isLate(gang)))
              : Optional.empty(),
          snapshot.nowMs());
      boolean hopeless = state.isHopeless(rejection, snapshot.nowMs(), CERTAIN_AFTER_MS);
      if (rejection != null && hopeless && !state.started()) {
        explanations.end(state, rejection);
      }
    }
    scheduler.gangs().all().forEach(explanations::showLate);
  }

  private Optional<RuntimeForecast> forecastOf(GangState state, ClusterSnapshot snapshot) {
    return snapshot.forecasts().containsKey(state.id) ? forecasts.of(state) : Optional.empty();
  }

  private void endDegraded(long nowMs) {
    for (GangState state : scheduler.gangs().all()) {
      state
          .tooLongBelowMinimum(nowMs, settings().gangDegradedTimeoutMs())
          .ifPresent(reason -> explanations.end(state, reason));
    }
  }

  private void failed(Throwable e, @Nullable Cycle cycle, long nowMs) {
    lastFailureMs = nowMs;
    metrics.cycleFailed();
    if (cycle != null) {
      journal.record(cycle);
    }
    if (fallback.failuresInRow() == 0) {
      LOG.error("A scheduling cycle failed; it is kept in {}", keep(cycle), e);
    } else {
      LOG.warn("A scheduling cycle failed again, {} in a row", fallback.failuresInRow() + 1);
    }
    if (fallback.failed(settings().fallbackAfterFailures())) {
      LOG.error(
          "Planning failed {} times in a row. Asks with a GPU go the stock way from now on, container"
              + " by container, until planning works again",
          fallback.failuresInRow());
      metrics.fallback(true);
      publish(ImmutableSortedMap.of());
      Rejection why =
          new Rejection(
              Reason.FALLBACK_ACTIVE,
              "the planner failed %d times in a row and asks go the stock way"
                  .formatted(fallback.failuresInRow()));
      scheduler.gangs().all().forEach(state -> explanations.explain(state, why, nowMs));
    }
  }

  /** Writes the cycle beside the daemon's logs, over the one of an earlier failure. */
  private static String keep(@Nullable Cycle cycle) {
    if (cycle == null) {
      return "no file, since its snapshot could not be built";
    }
    String folder = System.getProperty("hadoop.log.dir", System.getProperty("java.io.tmpdir"));
    Path file = Path.of(folder, "gpu-scheduler-failed-cycle.json");
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
      CycleJson.print(cycle, out);
      return file.toString();
    } catch (IOException | RuntimeException | Error e) {
      return "no file, since %s cannot be written (%s)".formatted(file, e);
    }
  }
}
