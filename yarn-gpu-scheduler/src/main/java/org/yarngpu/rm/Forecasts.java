package org.yarngpu.rm;

import com.google.common.base.Strings;
import com.google.common.base.Ticker;
import com.google.common.collect.EvictingQueue;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.time.Clock;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMApp;
import org.apache.hadoop.yarn.server.resourcemanager.rmapp.RMAppState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.history.HistoryStore;
import org.yarngpu.history.hadoop.HadoopFolder;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.ModelSpeeds;
import org.yarngpu.model.Node;
import org.yarngpu.model.RemainingForecast;
import org.yarngpu.model.RunningGang;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Ending;
import org.yarngpu.predict.Gate;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.ModelRun;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.SimilarJobsRuntime;

/**
 * What is forecast of applications with GPUs, and what their ends teach. A forecast is made when
 * the size of the gang is first known, and kept until the application ends; services have none.
 *
 * <p>Asked by the scheduling loop, told by the scheduler's event thread. Below its lock none of the
 * scheduler or of a queue is taken.
 */
final class Forecasts {
  private static final Logger LOG = LoggerFactory.getLogger(Forecasts.class);

  private static final int ENDED_MAX = 1_000;

  /** What is said of a job about which the predictor fails. */
  private static final RuntimeForecast UNKNOWN =
      new SimilarJobsRuntime()
          .forecast(JobGroups.of(new JobIdentity("", "", "", "", 0, OptionalDouble.empty())));

  private final RMContext context;
  private final SchedulerMetrics metrics;
  private final SimilarJobsRuntime predictor;
  private final Optional<HistoryStore> history;
  private final Map<ApplicationId, Job> jobs = new HashMap<>();
  private ImmutableSortedSet<String> modelsWithSpeed = ImmutableSortedSet.of();
  private boolean failureLogged;

  /** Of applications that ended lately; bounded, since nobody may ask. */
  private final EvictingQueue<Double> endedGpuMs = EvictingQueue.create(ENDED_MAX);

  /** An application that has had a gang of known size. */
  private static final class Job {
    final JobIdentity identity;
    final JobGroups groups;
    final RemainingForecast forecast;

    /** How long its ended attempts held GPUs. */
    long attainedMs;

    /** How long all attempts have held GPUs, as far as it is in {@link #workMs}. */
    long workedMs;

    /** How long they would have at speed 1, with the members that must start together. */
    double workMs;

    /** Of the GPUs that it was last seen on, and of their number. */
    double speed = 1;

    /** Whether it ran with more than those, so that its time says nothing of a model's speed. */
    boolean widened;

    /** On which it ran; none before it started. */
    final Set<String> models = new HashSet<>();

    /** Whether GPUs were taken from it, so that its runtime says nothing. */
    boolean disturbed;

    /** Whether it ran on lent GPUs. */
    boolean borrowed;

    Job(JobGroups groups, RuntimeForecast forecast) {
      this.identity = groups.job();
      this.groups = groups;
      this.forecast = new RemainingForecast(forecast);
    }

    /** Counts what it has done since it was last looked at, at the speed that it had then. */
    void workedUntil(long attainedInAllMs) {
      workMs += (double) Math.max(0, attainedInAllMs - workedMs) * speed;
      workedMs = attainedInAllMs;
    }
  }

  private Forecasts(
      RMContext context,
      SchedulerMetrics metrics,
      SimilarJobsRuntime predictor,
      Optional<HistoryStore> history) {
    this.context = context;
    this.metrics = metrics;
    this.predictor = predictor;
    this.history = history;
  }

  /**
   * Goes on from what was learned before.
   *
   * @param historyDir where that is kept; empty: in memory only
   */
  static Forecasts open(
      RMContext context, SchedulerMetrics metrics, String historyDir, Configuration conf) {
    if (historyDir.isEmpty()) {
      return new Forecasts(context, metrics, new SimilarJobsRuntime(), Optional.empty());
    }
    HistoryStore.Opened opened =
        HistoryStore.open(
            HadoopFolder.at(historyDir, conf),
            Clock.systemUTC(),
            Ticker.systemTicker(),
            metrics::historyDropped);
    return new Forecasts(
        context,
        metrics,
        opened.recovered().predictor(SimilarJobsRuntime.GROUPS_MAX, Gate.ON),
        Optional.of(opened.store()));
  }

  /** Writes what was learned and not written yet. */
  synchronized void close() {
    history.ifPresent(HistoryStore::close);
  }

  /**
   * The snapshot with a forecast of each gang that is expected to end.
   *
   * @param speeds of GPU models, where nothing else was learned of such jobs
   */
  synchronized ClusterSnapshot in(
      ClusterSnapshot snapshot, GangRegistry gangs, ModelSpeeds speeds) {
    ImmutableSortedMap<String, Double> byModel = speeds.of(models(snapshot));
    modelsWithSpeed = byModel.keySet();
    Map<GangId, Forecast> forecasts = new HashMap<>();
    for (RunningGang running : snapshot.running()) {
      GangState gang = gangs.gang(running.id());
      Job job = job(gang, minimumGpus(gang, running));
      if (gang != null && job != null) {
        ImmutableSortedMap<String, Double> learned = learned(job, byModel);
        ImmutableSortedSet<String> models = models(running, snapshot);
        double widthSpeed = running.widthSpeed();
        double speed = slowest(models, learned) * widthSpeed;
        job.models.addAll(models);
        job.widened |= widthSpeed != 1;
        forecasts.put(
            running.id(), forecast(job, gang, snapshot, speed).withSpeeds(learned).at(speed));
      }
    }
    for (Gang gang : snapshot.gangs()) {
      if (gang.complete() && !forecasts.containsKey(gang.id())) {
        GangState state = gangs.gang(gang.id());
        Job job = job(state, gang.minimumSize().gpus());
        if (state != null && job != null) {
          forecasts.put(
              gang.id(), forecast(job, state, snapshot, 1).withSpeeds(learned(job, byModel)));
        }
      }
    }
    return snapshot.withForecasts(snapshot.running(), ImmutableMap.copyOf(forecasts));
  }

  private static ImmutableSortedSet<String> models(ClusterSnapshot snapshot) {
    return snapshot.nodes().values().stream()
        .map(Node::model)
        .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder()));
  }

  /** Speeds for such jobs, where they are not 1. */
  private ImmutableSortedMap<String, Double> learned(
      Job job, ImmutableSortedMap<String, Double> byModel) {
    ImmutableSortedMap.Builder<String, Double> learned = ImmutableSortedMap.naturalOrder();
    byModel.forEach(
        (model, prior) -> {
          double speed = predictor.speed(job.groups, model, prior);
          if (speed != 1) {
            learned.put(model, speed);
          }
        });
    return learned.build();
  }

  private static ImmutableSortedSet<String> models(RunningGang gang, ClusterSnapshot snapshot) {
    return gang.members().stream()
        .map(member -> Optional.ofNullable(snapshot.node(member.node())))
        .map(node -> node.map(Node::model).orElse(""))
        .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder()));
  }

  /** A gang computes at the speed of its slowest member. */
  private static double slowest(
      ImmutableSortedSet<String> models, ImmutableSortedMap<String, Double> speeds) {
    return models.stream().mapToDouble(model -> speeds.getOrDefault(model, 1.0)).min().orElse(1);
  }

  /** What was forecast of the gang's runtime when it was submitted; empty if nothing was. */
  synchronized Optional<RuntimeForecast> of(GangState gang) {
    return Optional.ofNullable(jobs.get(gang.attempt.getApplicationId()))
        .map(job -> job.forecast.runtime());
  }

  /** How long its application has held GPUs, in all its attempts. */
  synchronized long attainedMs(GangState gang, long nowMs) {
    Job job = jobs.get(gang.attempt.getApplicationId());
    return (job == null ? 0 : job.attainedMs) + ofAttempt(gang, nowMs);
  }

  /** Notes how long an attempt held GPUs. */
  synchronized void attemptEnded(GangState gang, long nowMs) {
    Job job = jobs.get(gang.attempt.getApplicationId());
    if (job != null) {
      job.attainedMs += ofAttempt(gang, nowMs);
      job.workedUntil(job.attainedMs);
      job.disturbed |= gang.wasEnded();
      job.borrowed |= gang.borrows();
    }
  }

  /** GPU time that each application received which ended since the last call, milliseconds. */
  synchronized ImmutableList<Double> takeEnded() {
    ImmutableList<Double> taken = ImmutableList.copyOf(endedGpuMs);
    endedGpuMs.clear();
    return taken;
  }

  /** Learns from an application, if it has held GPUs and its end says how long such ones run. */
  synchronized void applicationEnded(ApplicationId id, RMAppState finalState) {
    Job job = jobs.remove(id);
    if (job == null || job.attainedMs == 0) {
      return;
    }
    endedGpuMs.add((double) job.attainedMs * job.identity.gpus());
    Completion completion =
        new Completion(
            job.identity,
            job.workMs / 1000,
            job.disturbed ? Ending.NODE_LOST : ending(id, finalState),
            job.borrowed ? Ending.Tenure.LENT : Ending.Tenure.OWN,
            Optional.of(PastForecast.of(job.forecast.runtime())),
            modelRun(job));
    try {
      predictor.learn(completion);
      history.ifPresent(store -> store.append(completion, predictor::snapshot));
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private static int minimumGpus(@Nullable GangState gang, RunningGang running) {
    return running.members().stream()
        .limit(gang == null ? 1 : gang.minimum())
        .mapToInt(member -> member.size().gpus())
        .sum();
  }

  private Optional<ModelRun> modelRun(Job job) {
    return job.models.size() == 1 && !job.widened && modelsWithSpeed.containsAll(job.models)
        ? Optional.of(new ModelRun(job.models.iterator().next(), job.attainedMs / 1000.0))
        : Optional.empty();
  }

  private @Nullable Job job(@Nullable GangState gang, int gpus) {
    if (gang == null || gang.isService()) {
      return null;
    }
    return jobs.computeIfAbsent(
        gang.attempt.getApplicationId(), application -> submitted(gang, gpus));
  }

  /**
   * @param speed of the GPUs that it runs on, and of their number
   */
  private static Forecast forecast(
      Job job, GangState gang, ClusterSnapshot snapshot, double speed) {
    if (job.workedMs == 0) {
      job.speed = speed;
    }
    job.workedUntil(job.attainedMs + ofAttempt(gang, snapshot.nowMs()));
    job.speed = speed;
    Forecast forecast = job.forecast.after((long) job.workMs);
    return snapshot.yieldsCheaply(gang.id) ? forecast : forecast.orderedByExpectation();
  }

  private Job submitted(GangState gang, int gpus) {
    JobGroups groups = JobGroups.of(identity(gang, gpus));
    try {
      return new Job(groups, predictor.forecast(groups));
    } catch (RuntimeException e) {
      failed(e);
      return new Job(groups, UNKNOWN);
    }
  }

  private JobIdentity identity(GangState gang, int gpus) {
    RMApp app = context.getRMApps().get(gang.attempt.getApplicationId());
    return new JobIdentity(
        app == null ? "" : app.getUser(),
        app == null ? "" : name(app),
        gang.declaration.job().orElse(""),
        app == null ? "" : Strings.nullToEmpty(app.getQueue()),
        gang.declaration.memberGpus().isPresent()
            ? gang.minimum() * gang.declaration.memberGpus().getAsInt()
            : gpus,
        gang.declaration.runtime().isPresent()
            ? OptionalDouble.of((double) gang.declaration.runtime().get().toSeconds())
            : OptionalDouble.empty());
  }

  /** Clients that give no name get one that says nothing. */
  private static String name(RMApp app) {
    String name = Strings.nullToEmpty(app.getName());
    return name.equals(YarnConfiguration.DEFAULT_APPLICATION_NAME) ? "" : name;
  }

  private Ending ending(ApplicationId id, RMAppState finalState) {
    return switch (finalState) {
      case KILLED -> Ending.STOPPED_BY_USER;
      case FINISHED -> {
        RMApp app = context.getRMApps().get(id);
        yield app != null && app.getFinalApplicationStatus() == FinalApplicationStatus.SUCCEEDED
            ? Ending.SUCCEEDED
            : Ending.FAILED;
      }
      default -> Ending.FAILED;
    };
  }

  private void failed(RuntimeException e) {
    metrics.predictorFailed();
    if (!failureLogged) {
      LOG.error(
          "The predictor failed; such jobs count as unknown. Further failures are counted in"
              + " PredictorFailures only",
          e);
      failureLogged = true;
    }
  }

  private static long ofAttempt(GangState gang, long nowMs) {
    OptionalLong startedMs = gang.startedMs();
    return gang.attainedBeforeMs()
        + (startedMs.isPresent() ? Math.max(0, nowMs - startedMs.getAsLong()) : 0);
  }
}
