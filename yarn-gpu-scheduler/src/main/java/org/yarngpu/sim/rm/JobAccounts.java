package org.yarngpu.sim.rm;

import java.util.OptionalLong;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;

/**
 * What a job has computed and what it cost. An attempt begins once its gang is whole: the last
 * member starts, then the attempt pays for the restart if it is one, then it computes at the speed
 * of its slowest GPU. The same rules as on the fast host.
 */
final class JobAccounts {
  private final Job job;
  private final Conditions conditions;
  private final long checkpointMs;

  private boolean whole;

  /** Of the present attempt: until when it starts members and restarts. */
  private long membersUpMs;

  private long computesSinceMs;
  private double speed = 1;

  /** Work of earlier attempts that is saved, milliseconds at speed 1. */
  private double savedMs;

  private boolean restarts;
  private OptionalLong startMs = OptionalLong.empty();
  private OptionalLong endMs = OptionalLong.empty();
  private int failures;
  private double lostMs;
  private long idleHeldGpuMs;
  private long heldGpuMs;

  JobAccounts(Job job, Conditions conditions) {
    this.job = job;
    this.conditions = conditions;
    this.checkpointMs = job.checkpointMs().orElse(conditions.checkpointMs());
  }

  /** Time in which its GPUs computed something that counts, milliseconds. */
  record Interval(long fromMs, long toMs) {
    static final Interval NONE = new Interval(0, 0);
  }

  /** The last member came; returns when the job ends if nothing disturbs it. */
  long begin(double slowestSpeed, long nowMs) {
    whole = true;
    speed = slowestSpeed;
    membersUpMs = nowMs + conditions.memberStartMs();
    computesSinceMs = membersUpMs + (restarts ? conditions.restartMs() : 0);
    if (startMs.isEmpty()) {
      startMs = OptionalLong.of(membersUpMs);
    }
    return computesSinceMs + (long) Math.ceil((job.runMs() - savedMs) / speed);
  }

  /** A member is gone that was there since the given time; to be called before the gang ends. */
  void release(long heldSinceMs, long nowMs) {
    long idleUntilMs = whole ? Math.min(nowMs, membersUpMs) : nowMs;
    idleHeldGpuMs += Math.max(0, idleUntilMs - heldSinceMs) * job.gpusPerMember();
    heldGpuMs += (nowMs - heldSinceMs) * job.gpusPerMember();
  }

  /** A node of it was lost; what it has not saved is lost too. */
  Interval fail(long nowMs) {
    failures++;
    double doneMs = savedMs + (double) Math.max(0, nowMs - computesSinceMs) * speed;
    doneMs = Math.min((double) job.runMs(), doneMs);
    double keptMs =
        checkpointMs == 0
            ? doneMs
            : Math.max(savedMs, Math.floor(doneMs / checkpointMs) * checkpointMs);
    double wastedMs = (doneMs - keptMs) / speed;
    lostMs += wastedMs;
    savedMs = keptMs;
    restarts = true;
    return close(nowMs, wastedMs);
  }

  Interval end(long nowMs) {
    savedMs = (double) job.runMs();
    endMs = OptionalLong.of(nowMs);
    return close(nowMs, 0);
  }

  private Interval close(long nowMs, double wastedMs) {
    whole = false;
    lostMs += Math.max(0, Math.min(nowMs, computesSinceMs) - membersUpMs);
    return new Interval(
        computesSinceMs, Math.max(computesSinceMs, nowMs - (long) Math.ceil(wastedMs)));
  }

  JobRecord record() {
    return new JobRecord(
        job,
        startMs,
        endMs,
        0,
        failures,
        0,
        Math.round(lostMs * job.gpus()),
        idleHeldGpuMs,
        heldGpuMs);
  }
}
