package org.yarngpu.sim.fast;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.yarngpu.config.OrderSettings;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.planner.GangPlacer;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Segment;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.Timeline;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.fast.EventQueue.Event;
import org.yarngpu.sim.fast.EventQueue.Kind;
import org.yarngpu.sim.policy.ActiveJob;
import org.yarngpu.sim.policy.Decision;
import org.yarngpu.sim.policy.GroundTruth;
import org.yarngpu.sim.policy.Policies;
import org.yarngpu.sim.policy.Policy;

/**
 * Replays a workload under one policy on a simulated cluster, event by event; equal input gives
 * equal output, but for the wall time.
 */
public final class FastHost {
  /** So many attempts in a row without any progress, and the run ends with jobs unfinished. */
  private static final int EVICTIONS_IN_VAIN_MAX = 10_000;

  private final Inventory inventory;
  private final QueueTree queues;
  private final Conditions conditions;
  private final GanttWindow gantt;

  /**
   * @param gantt from when to when it is recorded who holds what
   */
  public FastHost(Inventory inventory, QueueTree queues, Conditions conditions, GanttWindow gantt) {
    this.inventory = inventory;
    this.queues = queues;
    this.conditions = conditions;
    this.gantt = gantt;
  }

  /**
   * Runs until all jobs have ended, or none of those that wait can ever start, or the policy only
   * evicts: one that lets jobs alternate faster than they restart makes no progress for ever.
   *
   * @param policyName as {@link Policies#named} knows it
   * @throws IllegalArgumentException if the queue of a job or service is not in the tree, or a
   *     service does not fit
   */
  public RunResult run(Workload workload, String policyName, Progress progress) {
    return run(workload, policyName, Policies.DEFAULT_ORDERS, progress);
  }

  /** As the other, with orders of queues. */
  public RunResult run(
      Workload workload, String policyName, OrderSettings orders, Progress progress) {
    Optional<Function<GroundTruth, Policy>> factory = Policies.named(policyName, orders);
    checkArgument(factory.isPresent(), "no policy is named %s", policyName);
    return new Run(workload, progress).run(policyName, factory.get());
  }

  /** One run; nothing of it survives. */
  private final class Run implements GroundTruth {
    private final Workload workload;
    private final Progress progress;
    private final SimModels models;
    private final SimCluster cluster;
    private final EventQueue events = new EventQueue();
    private final List<JobRun> jobs = new ArrayList<>();
    private final Timeline timeline = new Timeline();
    private final ImmutableList.Builder<Segment> segments = ImmutableList.builder();
    private final SplittableRandom random = new SplittableRandom(conditions.seed());
    private final long windowFromMs;
    private final long windowToMs;

    private long nowMs;
    private long eventCount;
    private long usefulGpuMs;
    private int arrivals;
    private int waiting;
    private int finished;
    private int evictionsInVain;
    private boolean decisionDue;

    /** Whether the last decision found nobody to start, and nothing has changed since. */
    private boolean startedNobody;

    Run(Workload workload, Progress progress) {
      this.workload = workload;
      this.models = SimModels.of(inventory, workload);
      this.cluster = new SimCluster(inventory, queues, models);
      this.progress = progress;
      this.windowFromMs = workload.jobs().get(0).submitMs();
      this.windowToMs = windowFromMs + workload.arrivalWindowMs();
      for (Job job : workload.jobs()) {
        String queue =
            queues
                .leafOf(job)
                .orElseThrow(
                    () ->
                        new IllegalArgumentException(
                            "job %s is in queue \"%s\", which is no leaf of the queue tree"
                                .formatted(job.id(), job.queue())))
                .path();
        int number = jobs.size();
        jobs.add(new JobRun(job, number, queue, models, conditions));
        events.add(job.submitMs() + conditions.amStartMs(), Kind.ARRIVAL, number, 0);
      }
      workload.services().forEach(this::serve);
      if (conditions.meanUpMs() > 0) {
        for (int node = 0; node < cluster.nodes(); node++) {
          events.add(upTimeMs(), Kind.NODE_LOST, node, 0);
        }
      }
    }

    private void serve(Service service) {
      Job replicas =
          new Job(
              service.name(),
              0,
              0,
              service.replicasMax(),
              service.gpusPerReplica(),
              1,
              "",
              "",
              service.queue(),
              0,
              "",
              OptionalLong.empty(),
              OptionalLong.empty());
      QueueTree.Node queue =
          queues
              .leafOf(replicas)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "service %s is in queue \"%s\", which is no leaf of the queue tree"
                              .formatted(service.name(), service.queue())));
      Gang gang = new JobRun(replicas, 0, queue.path(), models, conditions).gang();
      ImmutableList<Member> members =
          new GangPlacer()
              .place(gang, cluster.free())
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "service %s needs %s x %s GPUs, which the cluster does not have beside the other services"
                              .formatted(
                                  service.name(),
                                  service.replicasMax(),
                                  service.gpusPerReplica())));
      cluster.serve(queue.path(), "", members);
    }

    private long upTimeMs() {
      return (long) Math.ceil(-Math.log(1 - random.nextDouble()) * conditions.meanUpMs());
    }

    RunResult run(String policyName, Function<GroundTruth, Policy> factory) {
      Stopwatch wall = Stopwatch.createStarted();
      Policy policy = factory.apply(this);
      while (finished < jobs.size() && !events.isEmpty() && !stuck() && !thrashes()) {
        advance(events.nextTimeMs());
        boolean changed = false;
        boolean decide = false;
        while (!events.isEmpty() && events.nextTimeMs() == nowMs) {
          Event event = events.next();
          eventCount++;
          if (event.kind() == Kind.DECISION) {
            decide = true;
          } else {
            changed |= happen(event, policy);
            startedNobody = false;
          }
        }
        if (decide || (changed && policy.periodMs() == 0)) {
          decisionDue &= !decide;
          Decision decision = policy.decide(cluster);
          carryOut(decision, policy);
          startedNobody = decision.starts().isEmpty();
        }
        long periodMs = Math.max(policy.periodMs(), policy.tickMs());
        if (periodMs > 0 && !decisionDue && policy.anyWaits()) {
          decisionDue = true;
          long periods = nowMs / periodMs;
          boolean now = !decide && periods * periodMs == nowMs;
          events.add((now ? periods : periods + 1) * periodMs, Kind.DECISION, 0, 0);
        }
        checkInvariants();
        progress.at(finished, jobs.size(), nowMs);
      }
      if (thrashes()) {
        progress.stopped(
            "the last %s evictions have brought no job any further".formatted(evictionsInVain));
      }
      return result(policyName, wall.elapsed(TimeUnit.MILLISECONDS));
    }

    /** Nothing runs, nothing comes, all nodes are there, and yet nobody was started. */
    private boolean stuck() {
      return startedNobody
          && arrivals == jobs.size()
          && cluster.running().isEmpty()
          && cluster.allUp();
    }

    private boolean thrashes() {
      return evictionsInVain >= EVICTIONS_IN_VAIN_MAX;
    }

    private void checkInvariants() {
      cluster.checkInvariants();
      checkState(
          waiting + cluster.running().size() + finished == arrivals,
          "%s jobs have come, but %s wait, %s run and %s are done",
          arrivals,
          waiting,
          cluster.running().size(),
          finished);
    }

    private void advance(long toMs) {
      timeline.advance(toMs, cluster.gpusInUse(), waiting);
      nowMs = toMs;
      cluster.advance(toMs);
    }

    /** Returns whether a policy has something to decide now. */
    private boolean happen(Event event, Policy policy) {
      switch (event.kind()) {
        case ARRIVAL -> {
          arrivals++;
          waiting++;
          policy.waits(jobs.get(event.subject()));
        }
        case END -> {
          JobRun job = jobs.get(event.subject());
          if (job.attempt() != event.attempt() || !job.running()) {
            return false; // of an attempt that was stopped
          }
          ImmutableList<Member> members = job.members();
          book(job, job.end(nowMs), members);
          finished++;
          policy.ended(job);
        }
        case NODE_LOST -> {
          for (JobRun job : cluster.lose(event.subject())) {
            stop(job, policy, false);
          }
          events.add(nowMs + conditions.repairMs(), Kind.NODE_BACK, event.subject(), 0);
        }
        case NODE_BACK -> {
          cluster.bringBack(event.subject());
          events.add(nowMs + upTimeMs(), Kind.NODE_LOST, event.subject(), 0);
        }
        case DECISION -> throw new AssertionError("a decision is no change");
      }
      return true;
    }

    private void carryOut(Decision decision, Policy policy) {
      for (ActiveJob evicted : decision.evictions()) {
        JobRun job = jobs.get(evicted.number());
        checkState(job.running(), "policy evicts job %s, which does not run", job.job().id());
        stop(job, policy, true);
      }
      for (Decision.Start start : decision.starts()) {
        JobRun job = jobs.get(start.job().number());
        double speed = cluster.slowestSpeed(start.members());
        cluster.take(job, start.members());
        long endMs = job.start(start.members(), speed, nowMs);
        events.add(endMs, Kind.END, job.number(), job.attempt());
        waiting--;
        policy.started(job);
      }
    }

    private void stop(JobRun job, Policy policy, boolean evicted) {
      ImmutableList<Member> members = job.members();
      book(job, job.stop(nowMs, evicted), members);
      waiting++;
      policy.waits(job);
    }

    private void book(JobRun job, JobRun.Interval useful, ImmutableList<Member> members) {
      cluster.giveBack(job, members);
      boolean inVain = useful.toMs() == useful.fromMs() && !job.ended();
      evictionsInVain = inVain ? evictionsInVain + 1 : 0;
      long fromMs = Math.max(windowFromMs, useful.fromMs());
      long toMs = Math.min(windowToMs, useful.toMs());
      usefulGpuMs += Math.max(0, toMs - fromMs) * job.gpus();
      if (gantt.touches(job.heldSinceMs(), nowMs)) {
        for (Member member : members) {
          segments.add(
              new Segment(
                  job.job().id(),
                  member.node().value(),
                  member.size().gpus(),
                  job.heldSinceMs(),
                  nowMs));
        }
      }
    }

    private RunResult result(String policyName, long wallMs) {
      return new RunResult(
          workload.name(),
          "fast",
          policyName,
          conditions,
          inventory.gpus(),
          jobs.stream().map(JobRun::record).collect(toImmutableList()),
          usefulGpuMs,
          timeline.buckets(),
          segments.build(),
          eventCount,
          wallMs);
    }

    @Override
    public long runMs(ActiveJob job) {
      return jobs.get(job.number()).job().runMs();
    }

    @Override
    public long remainingMs(ActiveJob job) {
      return jobs.get(job.number()).remainingMs();
    }
  }
}
