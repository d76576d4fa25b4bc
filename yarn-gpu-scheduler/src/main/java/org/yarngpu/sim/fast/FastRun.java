package org.yarngpu.sim.fast;

import static com.google.common.base.Preconditions.checkState;
import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.Function;
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
import org.yarngpu.sim.ServiceConditions;
import org.yarngpu.sim.SharedRun;
import org.yarngpu.sim.Sharing;
import org.yarngpu.sim.Timeline;
import org.yarngpu.sim.Widths;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.fast.EventQueue.Event;
import org.yarngpu.sim.fast.EventQueue.Kind;
import org.yarngpu.sim.policy.ActiveJob;
import org.yarngpu.sim.policy.Decision;
import org.yarngpu.sim.policy.GroundTruth;
import org.yarngpu.sim.policy.Policy;

/** One run; nothing of it survives. */
final class FastRun implements GroundTruth {
  /** So many attempts in a row without any progress, and the run ends with jobs unfinished. */
  private static final int EVICTIONS_IN_VAIN_MAX = 10_000;

  private final Inventory inventory;
  private final QueueTree queues;
  private final Conditions conditions;
  private final GanttWindow gantt;
  private final Workload workload;

  /** Empty where no service follows its load. */
  private final Optional<Sharing> sharing;

  private final Progress progress;
  private final SimModels models;
  private final SimCluster cluster;
  private final EventQueue events = new EventQueue();
  private final List<JobRun> jobs = new ArrayList<>();
  private final Timeline timeline = new Timeline();
  private final ImmutableList.Builder<Segment> segments = ImmutableList.builder();
  private final FollowedServices followed;
  private final SplittableRandom random;
  private final long windowFromMs;
  private final long windowToMs;

  private long nowMs;
  private long eventCount;
  private long usefulGpuMs;
  private int arrivals;
  private int waiting;
  private int finished;
  private int evictionsInVain;
  private long lentGpuMs;
  private int recalls;
  private boolean decisionDue;

  /** Whether the last decision found nobody to start, and nothing has changed since. */
  private boolean startedNobody;

  FastRun(
      Inventory inventory,
      QueueTree queues,
      Conditions conditions,
      GanttWindow gantt,
      Workload workload,
      Optional<Sharing> sharing,
      Progress progress) {
    this.inventory = inventory;
    this.queues = queues;
    this.conditions = conditions;
    this.gantt = gantt;
    this.workload = workload;
    this.sharing = sharing;
    this.models = SimModels.of(inventory, workload);
    this.cluster = new SimCluster(inventory, queues, models);
    this.progress = progress;
    this.random = new SplittableRandom(conditions.seed());
    this.windowFromMs = workload.jobs().get(0).submitMs();
    this.windowToMs = windowFromMs + workload.arrivalWindowMs();
    this.followed = new FollowedServices(workload.jobs().size());
    SplittableRandom draws = new SplittableRandom(conditions.seed()).split();
    for (Job job : workload.jobs()) {
      int number = jobs.size();
      double draw = draws.nextDouble();
      JobRun.Owner owner =
          sharing.isPresent() && sharing.get().borrows(job)
              ? JobRun.Owner.LENDERS
              : JobRun.Owner.ITS_QUEUE;
      String queue = leaf("job", job.id(), job.queue());
      Optional<Widths> widths =
          owner == JobRun.Owner.LENDERS ? Optional.empty() : conditions.elasticity().of(job, draw);
      jobs.add(new JobRun(job, number, queue, owner, widths, models, conditions));
      events.add(job.submitMs() + conditions.amStartMs(), Kind.ARRIVAL, number, 0);
    }
    for (Service service : workload.services()) {
      String queue = leaf("service", service.name(), service.queue());
      if (sharing.isPresent() && service.demand().isPresent()) {
        follow(service, queue, sharing.get());
      } else {
        cluster.serve(queue, "", placed(service, queue, service.replicasMax()));
      }
    }
    if (conditions.meanUpMs() > 0) {
      for (int node = 0; node < cluster.nodes(); node++) {
        events.add(upTimeMs(), Kind.NODE_LOST, node, 0);
      }
    }
  }

  private String leaf(String kind, String name, String queue) {
    return queues
        .leafNamed(queue)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "%s %s is in queue \"%s\", which is no leaf of the queue tree"
                        .formatted(kind, name, queue)))
        .path();
  }

  private ImmutableList<Member> placed(Service service, String queue, int replicas) {
    Gang gang = models.replicasOf(service, service.name(), queue, replicas, 0);
    return new GangPlacer()
        .place(gang, cluster.free())
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "service %s needs %s x %s GPUs, which the cluster does not have beside the other services"
                        .formatted(service.name(), replicas, service.gpusPerReplica())));
  }

  private void follow(Service service, String queue, Sharing sharing) {
    FollowedService follower =
        new FollowedService(
            service,
            queue,
            models,
            sharing.scaling(),
            followed::nextNumber,
            windowFromMs,
            windowToMs,
            windowToMs + 2 * FollowedServices.KNOWN_MS);
    events.add(0, Kind.SCALE, followed.size(), 0);
    followed.add(follower);
    ImmutableList<Replica> first = follower.first();
    ImmutableList<Member> members =
        first.isEmpty() ? ImmutableList.of() : placed(service, queue, first.size());
    for (int i = 0; i < first.size(); i++) {
      start(first.get(i), ImmutableList.of(members.get(i)));
    }
  }

  private void start(Replica replica, ImmutableList<Member> members) {
    cluster.take(replica, members);
    replica.start(members, nowMs);
  }

  private long upTimeMs() {
    return (long) Math.ceil(-Math.log(1 - random.nextDouble()) * conditions.meanUpMs());
  }

  RunResult run(String policyName, Function<GroundTruth, Policy> factory) {
    Stopwatch wall = Stopwatch.createStarted();
    Policy policy = factory.apply(this);
    while (finished < jobs.size() && !events.isEmpty() && !stuck() && !thrashes() && !overdue()) {
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
    if (overdue()) {
      progress.stopped(
          "%s jobs are not done a month after the last came".formatted(jobs.size() - finished));
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

  /** Loads go on for ever; a job that is never lent what it needs would do so, too. */
  private boolean overdue() {
    return !followed.isEmpty() && nowMs - windowToMs > FollowedServices.KNOWN_MS;
  }

  private void checkInvariants() {
    cluster.checkInvariants();
    checkState(
        waiting + runningJobs() + finished == arrivals,
        "%s jobs have come, but %s wait, %s run and %s are done",
        arrivals,
        waiting,
        runningJobs(),
        finished);
  }

  private int runningJobs() {
    return cluster.running().size() - followed.holding();
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
      case LEFT -> {
        JobRun job = jobs.get(event.subject());
        if (job.attempt() != event.attempt() || !job.running()) {
          return false; // it lost a node before
        }
        stop(job, policy, true);
      }
      case SCALE -> {
        events.add(nowMs + ServiceConditions.PERIOD_MS, Kind.SCALE, event.subject(), 0);
        scale(followed.get(event.subject()), policy);
      }
      case NODE_LOST -> {
        for (Tenant tenant : cluster.lose(event.subject())) {
          if (tenant instanceof Replica replica) {
            release(replica);
            replica.service().lost(replica, nowMs);
            policy.waits(replica);
          } else {
            stop(jobs.get(tenant.number()), policy, false);
          }
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

  private void scale(FollowedService service, Policy policy) {
    FollowedService.Change change = service.scale(nowMs);
    change.withdrawn().forEach(policy::withdrawn);
    change.stopped().forEach(this::release);
    change.asks().forEach(policy::waits);
  }

  private void release(Replica replica) {
    cluster.giveBack(replica, replica.members());
    replica.stop(nowMs);
  }

  private void carryOut(Decision decision, Policy policy) {
    for (ActiveJob evicted : decision.evictions()) {
      JobRun job = jobs.get(evicted.number());
      checkState(job.running(), "policy evicts job %s, which does not run", job.job().id());
      stop(job, policy, true);
    }
    for (Decision.Recall recall : decision.recalls()) {
      recalls++;
      for (ActiveJob borrower : recall.borrowers()) {
        notice(jobs.get(borrower.number()));
      }
    }
    resize(decision, (now, then) -> then < now);
    for (Decision.Start start : decision.starts()) {
      if (start.job() instanceof Replica replica) {
        start(replica, start.members());
        replica.service().got(replica, nowMs);
        policy.started(replica);
        continue;
      }
      JobRun job = jobs.get(start.job().number());
      double speed = cluster.slowestSpeed(start.members());
      cluster.take(job, start.members());
      long endMs = job.start(start.members(), speed, nowMs);
      events.add(endMs, Kind.END, job.number(), job.attempt());
      waiting--;
      policy.started(job);
    }
    resize(decision, (now, then) -> then > now);
  }

  /** Changes of width of which that from now to then is one. */
  private void resize(Decision decision, BiPredicate<Integer, Integer> which) {
    for (Decision.Resize resize : decision.resizes()) {
      JobRun job = jobs.get(resize.job().number());
      ImmutableList<Member> before = job.members();
      if (which.test(before.size(), resize.members().size())) {
        book(job, job.resize(nowMs), before);
        double speed = cluster.slowestSpeed(resize.members());
        cluster.take(job, resize.members());
        long endMs = job.resized(resize.members(), speed, nowMs);
        events.add(endMs, Kind.END, job.number(), job.attempt());
      }
    }
  }

  private void notice(JobRun borrower) {
    checkState(borrower.borrows(), "job %s has no loan to call back", borrower.job().id());
    if (!borrower.leaves()) {
      borrower.leave(nowMs);
      long leftMs = nowMs + sharing.orElseThrow().reclaimDelayMs();
      events.add(leftMs, Kind.LEFT, borrower.number(), borrower.attempt());
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
    int gpus = SimCluster.gpus(members);
    if (job.borrows()) {
      lentGpuMs += (nowMs - job.widthSinceMs()) * gpus;
    }
    boolean inVain = useful.toMs() == useful.fromMs() && !job.ended();
    evictionsInVain = inVain ? evictionsInVain + 1 : 0;
    long fromMs = Math.max(windowFromMs, useful.fromMs());
    long toMs = Math.min(windowToMs, useful.toMs());
    usefulGpuMs += Math.max(0, toMs - fromMs) * gpus;
    if (gantt.touches(job.widthSinceMs(), nowMs)) {
      for (Member member : members) {
        segments.add(
            new Segment(
                job.job().id(),
                member.node().value(),
                member.size().gpus(),
                job.widthSinceMs(),
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

  /** The same with what became of the services. */
  SharedRun shared(RunResult result, Sharing by) {
    return new SharedRun(result, by, lentGpuMs, recalls, followed.records(nowMs));
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
