package org.yarngpu.rm;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.time.Clock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.AbstractLeafQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerApp;
import org.jspecify.annotations.Nullable;
import org.yarngpu.config.OrderSettings;
import org.yarngpu.history.UseState;
import org.yarngpu.history.UseStore;
import org.yarngpu.history.hadoop.HadoopFolder;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Orders.GangTerms;
import org.yarngpu.model.Orders.LateTerms;
import org.yarngpu.model.Orders.UserTerms;
import org.yarngpu.model.RunningGang;
import org.yarngpu.policy.order.DecayedUse;
import org.yarngpu.policy.order.DecayedUse.UserOfQueue;
import org.yarngpu.policy.order.Lateness;

/**
 * What the orders of queues go by: the use of users, their weights, and what gangs received and
 * declared. A snapshot gets only what its orders ask for. The loop's own.
 *
 * <p>Use is kept in the folder of the history. After a restart it decays by the time since it was
 * kept, and what still runs counts for all of that time, by when its containers were made.
 */
final class QueueOrders {
  private final GpuScheduler scheduler;
  private final Forecasts forecasts;
  private final DecayedUse use;
  private final Lateness lateness = new Lateness();
  private final Optional<UseStore> store;

  /** Until when the use that was kept counts, epoch milliseconds. */
  private final long keptMs;

  /** Containers made later are counted as they come, epoch milliseconds. */
  private final long begunMs;

  /** Containers made before, of which the time since {@link #keptMs} is counted. */
  private final Set<ContainerId> caughtUp = new HashSet<>();

  private QueueOrders(
      GpuScheduler scheduler, Forecasts forecasts, UseState kept, Optional<UseStore> store) {
    this.scheduler = scheduler;
    this.forecasts = forecasts;
    this.store = store;
    this.begunMs = scheduler.getClock().getTime();
    this.keptMs = Math.min(kept.atMs(), begunMs); // a clock may have been ahead
    this.use = new DecayedUse(keptMs, kept.gpuMs());
  }

  /** Goes on from the use that was kept, if the settings say where. */
  static QueueOrders open(GpuScheduler scheduler, Forecasts forecasts) {
    String historyDir = scheduler.settings().historyDir();
    if (historyDir.isEmpty()) {
      return new QueueOrders(scheduler, forecasts, UseState.NOTHING, Optional.empty());
    }
    UseStore.Opened opened =
        UseStore.open(
            HadoopFolder.at(historyDir, scheduler.getConfig()),
            Clock.systemUTC(),
            Ticker.systemTicker());
    return new QueueOrders(scheduler, forecasts, opened.recovered(), Optional.of(opened.store()));
  }

  /** Keeps the use. */
  void close() {
    store.ifPresent(open -> open.close(state()));
  }

  private UseState state() {
    return new UseState(use.atMs(), use.gpuMs());
  }

  /** Counts what is held as used; due in every cycle. */
  void count(ClusterSnapshot snapshot, OrderSettings settings) {
    Map<UserOfQueue, Integer> held = new HashMap<>();
    Map<RMContainer, UserOfQueue> recovered = new HashMap<>();
    for (RunningGang running : snapshot.running()) {
      @Nullable GangState gang = scheduler.gangs().gang(running.id());
      @Nullable FiCaSchedulerApp app =
          gang == null ? null : scheduler.getApplicationAttempt(gang.attempt);
      if (gang != null && app != null) {
        UserOfQueue user = new UserOfQueue(app.getCSLeafQueue().getQueuePath(), app.getUser());
        held.merge(
            user,
            running.members().stream().mapToInt(member -> member.size().gpus()).sum(),
            Integer::sum);
        newlyRecovered(gang, app).forEach(container -> recovered.put(container, user));
      }
    }
    use.advance(snapshot.nowMs(), settings.useHalfLifeMs(), held);
    recovered.forEach(
        (container, user) ->
            use.catchUp(
                user,
                YarnResources.gpus(container.getAllocatedResource()),
                Math.max(keptMs, container.getCreationTime()),
                settings.useHalfLifeMs()));
    store.ifPresent(open -> open.keep(this::state));
  }

  /** Containers from before this ResourceManager that were not seen yet: nodes come one by one. */
  private List<RMContainer> newlyRecovered(GangState gang, FiCaSchedulerApp app) {
    OptionalLong startedMs = gang.startedMs();
    if (startedMs.isEmpty() || startedMs.getAsLong() >= begunMs) {
      return List.of();
    }
    return LiveMembers.containers(app, LiveMembers.appMaster(gang, scheduler.getRMContext()))
        .stream()
        .filter(container -> container.getCreationTime() < begunMs)
        .filter(container -> caughtUp.add(container.getContainerId()))
        .toList();
  }

  /** The snapshot with its orders. */
  ClusterSnapshot in(ClusterSnapshot snapshot, OrderSettings settings) {
    Orders orders = settings.of(snapshot.queues().keySet());
    return snapshot.withOrders(
        new Orders(
            orders.byQueue(),
            orders.weights(),
            orders.starveAfterMs(),
            users(snapshot, orders),
            gangs(snapshot, orders),
            late(snapshot, settings)));
  }

  private ImmutableMap<String, LateTerms> late(ClusterSnapshot snapshot, OrderSettings settings) {
    forecasts.takeEnded().forEach(lateness::ended);
    if (settings.lateFactor() > 0 && lateness.isDue(snapshot.nowMs())) {
      lateness.look(snapshot, jobs(snapshot));
    }
    return lateness.terms(settings.lateFactor());
  }

  private ImmutableList<Lateness.Job> jobs(ClusterSnapshot snapshot) {
    Map<GangId, Lateness.Job> jobs = new HashMap<>();
    for (RunningGang running : snapshot.running()) {
      int gpus = running.members().stream().mapToInt(member -> member.size().gpus()).sum();
      running.members().stream()
          .flatMap(member -> Optional.ofNullable(snapshot.node(member.node())).stream())
          .findFirst()
          .ifPresent(node -> addJob(running.id(), node.partition(), gpus, snapshot, jobs));
    }
    for (Gang gang : snapshot.gangs()) {
      addJob(gang.id(), gang.partition(), gang.minimumSize().gpus(), snapshot, jobs);
    }
    return ImmutableList.copyOf(jobs.values());
  }

  /** Unless it is there, as a gang is that grows. */
  private void addJob(
      GangId id,
      String partition,
      int gpus,
      ClusterSnapshot snapshot,
      Map<GangId, Lateness.Job> jobs) {
    @Nullable Forecast forecast = snapshot.forecasts().get(id);
    @Nullable GangState gang = scheduler.gangs().gang(id);
    if (forecast != null && gang != null && !gang.borrows()) {
      jobs.putIfAbsent(
          id,
          new Lateness.Job(
              partition,
              (double) forecasts.attainedMs(gang, snapshot.nowMs()) * gpus,
              forecast.expectedRemainingMs() * gpus));
    }
  }

  private ImmutableMap<String, ImmutableMap<String, UserTerms>> users(
      ClusterSnapshot snapshot, Orders orders) {
    ImmutableMap<String, ImmutableMap<String, Double>> used = use.gpuMs();
    Map<String, Map<String, UserTerms>> users = new HashMap<>();
    for (Gang gang : snapshot.gangs()) {
      LeafOrderName order = orders.of(gang.queue());
      boolean byUse =
          order == LeafOrderName.FAIR_OVER_TIME
              || (order == LeafOrderName.PREDICTED && orders.weights().use() > 0);
      if (byUse && !users.containsKey(gang.queue())) {
        Map<String, UserTerms> ofQueue = new HashMap<>();
        used.getOrDefault(gang.queue(), ImmutableMap.of())
            .forEach((user, gpuMs) -> ofQueue.put(user, terms(gang.queue(), user, gpuMs)));
        users.put(gang.queue(), ofQueue);
      }
      if (byUse || order == LeafOrderName.PREDICTED) {
        addWeight(gang, users);
      }
    }
    ImmutableMap.Builder<String, ImmutableMap<String, UserTerms>> all = ImmutableMap.builder();
    users.forEach((queue, ofQueue) -> all.put(queue, ImmutableMap.copyOf(ofQueue)));
    return all.build();
  }

  private void addWeight(Gang gang, Map<String, Map<String, UserTerms>> users) {
    @Nullable Map<String, UserTerms> known = users.get(gang.queue());
    if (known != null && known.containsKey(gang.user())) {
      return;
    }
    UserTerms terms = terms(gang.queue(), gang.user(), 0);
    if (terms.weight() != 1) {
      users.computeIfAbsent(gang.queue(), queue -> new HashMap<>()).put(gang.user(), terms);
    }
  }

  private UserTerms terms(String queuePath, String user, double usedGpuMs) {
    @Nullable CSQueue queue = scheduler.getQueue(queuePath);
    float weight =
        queue instanceof AbstractLeafQueue leaf ? leaf.getUserWeights().getByUser(user) : 1;
    // By its text: 0.1f is not 0.1.
    return new UserTerms(Double.parseDouble(Float.toString(weight)), usedGpuMs);
  }

  private ImmutableMap<GangId, GangTerms> gangs(ClusterSnapshot snapshot, Orders orders) {
    ImmutableMap.Builder<GangId, GangTerms> gangs = ImmutableMap.builder();
    for (Gang gang : snapshot.gangs()) {
      LeafOrderName order = orders.of(gang.queue());
      boolean byDeadline =
          order == LeafOrderName.DEADLINE
              || (order == LeafOrderName.PREDICTED && orders.weights().deadline() > 0);
      @Nullable GangState state = scheduler.gangs().gang(gang.id());
      if (state == null) {
        continue;
      }
      GangTerms terms =
          new GangTerms(
              order == LeafOrderName.TIRESIAS
                  ? forecasts.attainedMs(state, snapshot.nowMs()) * gang.minimumSize().gpus()
                  : 0,
              byDeadline ? dueMs(state) : OptionalLong.empty());
      if (terms.attainedGpuMs() > 0 || terms.dueMs().isPresent()) {
        gangs.put(gang.id(), terms);
      }
    }
    return gangs.build();
  }

  /** Counts from the submission of the application, whichever its attempt. */
  private OptionalLong dueMs(GangState state) {
    @Nullable RMApp app =
        scheduler.getRMContext().getRMApps().get(state.attempt.getApplicationId());
    return app == null
        ? OptionalLong.empty()
        : state
            .declaration
            .deadline()
            .map(deadline -> OptionalLong.of(app.getSubmitTime() + deadline.toMillis()))
            .orElse(OptionalLong.empty());
  }

  /** What is said in the log about orders that decide nothing; empty if there are none. */
  static Optional<String> idle(OrderSettings settings, boolean used, ImmutableSet<String> queues) {
    if (settings.byPath().isEmpty()) {
      return Optional.empty();
    }
    if (!used) {
      return Optional.of(
          "Orders of queues (%s) decide nothing under yarn.scheduler.gpu.policy = priority"
              .formatted(String.join(", ", settings.byPath().keySet())));
    }
    String missing =
        String.join(
            ", ", settings.byPath().keySet().stream().filter(p -> !queues.contains(p)).toList());
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "There is no queue %s, which has an order; it counts once there is one"
                .formatted(missing));
  }
}
