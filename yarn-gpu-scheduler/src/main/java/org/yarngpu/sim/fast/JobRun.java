package org.yarngpu.sim.fast;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Optional;
import java.util.OptionalLong;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.WidthScaling;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.Widths;

/**
 * A job in the course of a run, and its accounts. An attempt first starts its members, then pays
 * for the restart if it is one, then computes at the speed of its slowest GPU, and of its width. A
 * change of width ends an attempt and begins the next at once.
 */
final class JobRun implements Tenant {
  private final Job job;
  private final int number;
  private final Owner owner;
  private final Gang gang;
  private final Conditions conditions;
  private final Optional<Widths> widths;
  private final long checkpointMs;

  private ImmutableList<Member> members = ImmutableList.of();
  private int attempt;

  /** When it last started, and did not merely change its width. */
  private long heldSinceMs;

  /**
   * Of the present attempt: when it got its GPUs, when it paid for its restart, when it computes.
   */
  private long widthSinceMs;

  private long restartSinceMs;
  private long computesSinceMs;

  /** When it was told to leave; then it computes no more. */
  private OptionalLong noticeMs = OptionalLong.empty();

  private double speed;

  /** As the scheduler takes it to be. */
  private double assumedSpeed;

  /** Of its GPUs while it has none. */
  private final double expectedSpeed;

  private final ImmutableSortedMap<String, Double> speeds;

  /** Work of earlier attempts that is saved, milliseconds at speed 1 and the trace's width. */
  private double savedMs;

  private boolean restarts;
  private long attainedBeforeMs;
  private long attainedGpuMsBefore;
  private double workBeforeMs;
  private long nowMs;

  private OptionalLong startMs = OptionalLong.empty();
  private OptionalLong endMs = OptionalLong.empty();
  private int evictions;
  private int failures;
  private int resizes;
  private double lostGpuMs;
  private double idleHeldGpuMs;

  /** Whose GPUs a job runs on. */
  enum Owner {
    ITS_QUEUE,
    LENDERS
  }

  /**
   * @param widths that it may have; empty if only that of the trace
   */
  JobRun(
      Job job,
      int number,
      String queue,
      Owner owner,
      Optional<Widths> widths,
      SimModels models,
      Conditions conditions) {
    this.job = job;
    this.widths = widths;
    this.owner = owner;
    this.number = number;
    this.conditions = conditions;
    this.expectedSpeed = models.speed(job);
    this.speed = expectedSpeed;
    this.assumedSpeed = expectedSpeed;
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
  public Optional<Widths> widths() {
    return widths;
  }

  @Override
  public long widthSinceMs() {
    return widthSinceMs;
  }

  @Override
  public boolean isWhole() {
    return mayRunWith(members.size());
  }

  private boolean mayRunWith(int count) {
    return widths.map(some -> some.allow(count)).orElse(count == job.members());
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
    return attainedBeforeMs + (members.isEmpty() ? 0 : nowMs - widthSinceMs);
  }

  @Override
  public long attainedServiceMs() {
    return attainedGpuMsBefore + (members.isEmpty() ? 0 : (nowMs - widthSinceMs) * heldGpus());
  }

  @Override
  public long workMs() {
    double workMs = members.isEmpty() ? 0 : (double) (nowMs - widthSinceMs) * assumedSpeed;
    return (long) (workBeforeMs + workMs);
  }

  @Override
  public double speed() {
    return members.isEmpty() ? expectedSpeed : assumedSpeed;
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
    heldSinceMs = atMs;
    return begin(placed, slowestSpeed, atMs);
  }

  private long begin(ImmutableList<Member> placed, double slowestSpeed, long atMs) {
    int width = placed.size();
    checkState(members.isEmpty() && endMs.isEmpty(), "job %s starts twice", job.id());
    checkState(mayRunWith(width), "job %s starts with %s members of its gang", job.id(), width);
    members = placed;
    speed = slowestSpeed * conditions.elasticity().scaling().speed(width, job.members());
    assumedSpeed = slowestSpeed * WidthScaling.ASSUMED.speed(width, job.members());
    attempt++;
    noticeMs = OptionalLong.empty();
    nowMs = atMs;
    widthSinceMs = atMs;
    restartSinceMs = widthSinceMs + conditions.memberStartMs();
    computesSinceMs = restartSinceMs + (restarts ? conditions.restartMs() : 0);
    if (startMs.isEmpty()) {
      startMs = OptionalLong.of(restartSinceMs);
    }
    return computesSinceMs + (long) Math.ceil((job.runMs() - savedMs) / speed);
  }

  /**
   * Ends an attempt for one with other members, {@linkplain #resized which} must begin at once.
   * What it has not saved is lost.
   */
  Interval resize(long atMs) {
    resizes++;
    return pause(atMs);
  }

  /** Gives it its new members and returns when it will end. */
  long resized(ImmutableList<Member> placed, double slowestSpeed, long atMs) {
    return begin(placed, slowestSpeed, atMs);
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
    return pause(atMs);
  }

  private Interval pause(long atMs) {
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
    lostGpuMs += wastedMs * heldGpus();
    Interval useful = book(atMs, wastedMs);
    savedMs = keptMs;
    restarts = true;
    return useful;
  }

  Interval end(long atMs) {
    double doneMs = savedMs + (double) (atMs - computesSinceMs) * speed;
    checkState( // the last bits of a power are not exact
        job.runMs() - doneMs < 0.001 && (doneMs - job.runMs()) / speed < 1.001,
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
    int gpus = heldGpus();
    long heldMs = atMs - widthSinceMs;
    idleHeldGpuMs += (double) (Math.min(atMs, restartSinceMs) - widthSinceMs) * gpus;
    lostGpuMs += (double) Math.max(0, Math.min(atMs, computesSinceMs) - restartSinceMs) * gpus;
    attainedBeforeMs += heldMs;
    attainedGpuMsBefore += heldMs * gpus;
    workBeforeMs += (double) heldMs * assumedSpeed;
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
        resizes,
        Math.round(lostGpuMs),
        Math.round(idleHeldGpuMs),
        attainedServiceMs());
  }
}
