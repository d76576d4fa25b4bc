package org.yarngpu.sim.fast;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.OptionalLong;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;

/**
 * A job in the course of a run, and its accounts. An attempt first starts its members, then pays
 * for the restart if it is one, then computes at the speed of its slowest GPU.
 */
final class JobRun implements Tenant {
  private final Job job;
  private final int number;
  private final Owner owner;
  private final Gang gang;
  private final Conditions conditions;
  private final long checkpointMs;

  private ImmutableList<Member> members = ImmutableList.of();
  private int attempt;

  /**
   * Of the present attempt: when it got its GPUs, when it paid for its restart, when it computes.
   */
  private long heldSinceMs;

  private long restartSinceMs;
  private long computesSinceMs;

  /** When it was told to leave; then it computes no more. */
  private OptionalLong noticeMs = OptionalLong.empty();

  private double speed;

  /** Of its GPUs while it has none. */
  private final double expectedSpeed;

  private final ImmutableSortedMap<String, Double> speeds;

  /** Work of earlier attempts that is saved, milliseconds at speed 1. */
  private double savedMs;

  private boolean restarts;
  private long attainedBeforeMs;
  private double workBeforeMs;
  private long nowMs;

  private OptionalLong startMs = OptionalLong.empty();
  private OptionalLong endMs = OptionalLong.empty();
  private int evictions;
  private int failures;
  private double lostMs;
  private double idleHeldMs;

  /** Whose GPUs a job runs on. */
  enum Owner {
    ITS_QUEUE,
    LENDERS
  }

  JobRun(Job job, int number, String queue, Owner owner, SimModels models, Conditions conditions) {
    this.job = job;
    this.owner = owner;
    this.number = number;
    this.conditions = conditions;
    this.expectedSpeed = models.speed(job);
    this.speed = expectedSpeed;
    this.speeds = models.choiceSpeeds();
    this.checkpointMs = job.checkpointMs().orElse(conditions.checkpointMs());
    this.gang = models.gang(job, queue);
  }

  Job job() {
    return job;
  }

  int attempt() {
    return attempt;
  }

  boolean ended() {
    return endMs.isPresent();
  }

  /** Or its last one. */
  @Override
  public long heldSinceMs() {
    return heldSinceMs;
  }

  @Override
  public long checkpointMs() {
    return checkpointMs;
  }

  @Override
  public long restartMs() {
    return conditions.restartMs();
  }

  @Override
  public int evictions() {
    return evictions;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public Gang gang() {
    return gang;
  }

  @Override
  public int gpus() {
    return job.gpus();
  }

  @Override
  public String user() {
    return job.user();
  }

  @Override
  public String group() {
    return job.group();
  }

  @Override
  public OptionalLong estimateMs() {
    return job.estimateMs();
  }

  @Override
  public ImmutableList<Member> members() {
    return members;
  }

  @Override
  public long attainedMs() {
    return attainedBeforeMs + (members.isEmpty() ? 0 : nowMs - heldSinceMs);
  }

  @Override
  public long workMs() {
    double workMs = members.isEmpty() ? 0 : (double) (nowMs - heldSinceMs) * speed;
    return (long) (workBeforeMs + workMs);
  }

  @Override
  public double speed() {
    return members.isEmpty() ? expectedSpeed : speed;
  }

  @Override
  public ImmutableSortedMap<String, Double> speeds() {
    return speeds;
  }

  @Override
  public long waitedMs() {
    return Math.max(0, nowMs - job.submitMs() - attainedMs());
  }

  @Override
  public boolean borrows() {
    return owner == Owner.LENDERS;
  }

  @Override
  public void advance(long toMs) {
    nowMs = toMs;
  }

  /** Gives it its GPUs and returns when it will end if nothing disturbs it. */
  long start(ImmutableList<Member> placed, double slowestSpeed, long atMs) {
    checkState(members.isEmpty() && endMs.isEmpty(), "job %s starts twice", job.id());
    checkState(placed.size() == job.members(), "job %s starts with a part of its gang", job.id());
    members = placed;
    speed = slowestSpeed;
    attempt++;
    noticeMs = OptionalLong.empty();
    nowMs = atMs;
    heldSinceMs = atMs;
    restartSinceMs = heldSinceMs + conditions.memberStartMs();
    computesSinceMs = restartSinceMs + (restarts ? conditions.restartMs() : 0);
    if (startMs.isEmpty()) {
      startMs = OptionalLong.of(restartSinceMs);
    }
    return computesSinceMs + (long) Math.ceil((job.runMs() - savedMs) / speed);
  }

  boolean leaves() {
    return noticeMs.isPresent();
  }

  /** It holds its GPUs until it is {@linkplain #stop stopped}, and does no more with them. */
  void leave(long atMs) {
    checkState(!members.isEmpty() && noticeMs.isEmpty(), "job %s leaves twice", job.id());
    noticeMs = OptionalLong.of(atMs);
    attempt++; // it will not end by itself
  }

  /** Takes its GPUs; what it has not saved is lost, and the time since it was told to leave. */
  Interval stop(long atMs, boolean evicted) {
    if (evicted) {
      evictions++;
    } else {
      failures++;
    }
    long leftMs = noticeMs.orElse(atMs);
    double doneMs =
        Math.min(
            (double) job.runMs(), savedMs + (double) Math.max(0, leftMs - computesSinceMs) * speed);
    double keptMs =
        checkpointMs == 0
            ? doneMs
            : Math.max(savedMs, Math.floor(doneMs / checkpointMs) * checkpointMs);
    double leavingMs = (double) (atMs - Math.max(leftMs, Math.min(atMs, computesSinceMs)));
    double wastedMs = (doneMs - keptMs) / speed + leavingMs;
    lostMs += wastedMs;
    Interval useful = book(atMs, wastedMs);
    savedMs = keptMs;
    restarts = true;
    return useful;
  }

  Interval end(long atMs) {
    double doneMs = savedMs + (double) (atMs - computesSinceMs) * speed;
    checkState(
        doneMs >= job.runMs() && (doneMs - job.runMs()) / speed < 1.001,
        "job %s ends with %s ms of work done, but it has %s",
        job.id(),
        doneMs,
        job.runMs());
    Interval useful = book(atMs, 0);
    savedMs = (double) job.runMs();
    endMs = OptionalLong.of(atMs);
    return useful;
  }

  /** Time in which its GPUs computed something that counts, milliseconds. */
  record Interval(long fromMs, long toMs) {}

  private Interval book(long atMs, double wastedMs) {
    checkState(!members.isEmpty(), "job %s stops but does not run", job.id());
    idleHeldMs += Math.min(atMs, restartSinceMs) - heldSinceMs;
    lostMs += Math.max(0, Math.min(atMs, computesSinceMs) - restartSinceMs);
    attainedBeforeMs += atMs - heldSinceMs;
    workBeforeMs += (double) (atMs - heldSinceMs) * speed;
    members = ImmutableList.of();
    return new Interval(
        computesSinceMs, Math.max(computesSinceMs, atMs - (long) Math.ceil(wastedMs)));
  }

  /** How long it holds its GPUs from now on if nothing disturbs it, at speed 1 if it waits. */
  long remainingMs() {
    return members.isEmpty()
        ? conditions.memberStartMs()
            + (restarts ? conditions.restartMs() : 0)
            + (long) Math.ceil(job.runMs() - savedMs)
        : Math.max(0, computesSinceMs + (long) Math.ceil((job.runMs() - savedMs) / speed) - nowMs);
  }

  JobRecord record() {
    return new JobRecord(
        job,
        startMs,
        endMs,
        evictions,
        failures,
        Math.round(lostMs * job.gpus()),
        Math.round(idleHeldMs * job.gpus()));
  }
}
