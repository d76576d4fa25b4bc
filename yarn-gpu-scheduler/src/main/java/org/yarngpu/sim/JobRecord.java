package org.yarngpu.sim;

import java.util.OptionalLong;

/**
 * What became of a job in a run. Times are milliseconds since the start of the trace.
 *
 * @param job which
 * @param startMs when its members first computed together; empty if never
 * @param endMs when it was done; empty if the run ended before
 * @param evictions how often the policy took its GPUs away
 * @param failures how often a lost node ended an attempt
 * @param resizes how often it went on with more or fewer members
 * @param lostGpuMs GPU time without progress that an eviction, a failure or a change of width cost:
 *     work since the last checkpoint, and restarts
 * @param idleHeldGpuMs GPU time that its members were held without computing: while a gang was
 *     incomplete, and while members started
 * @param heldGpuMs GPU time that it held in all
 */
public record JobRecord(
    Job job,
    OptionalLong startMs,
    OptionalLong endMs,
    int evictions,
    int failures,
    int resizes,
    long lostGpuMs,
    long idleHeldGpuMs,
    long heldGpuMs) {

  public boolean finished() {
    return endMs.isPresent();
  }

  /** Submission to completion (JCT); of a finished job. */
  public long jctMs() {
    return endMs.orElseThrow() - job.submitMs();
  }

  /**
   * JCT minus the job's own run time, so that later waits, restarts and lost work count; negative
   * where it ran on GPUs faster than speed 1, or with more members than the trace says.
   */
  public long waitMs() {
    return jctMs() - job.runMs();
  }

  /** Submission to first start; of a job that started. */
  public long firstStartDelayMs() {
    return startMs.orElseThrow() - job.submitMs();
  }

  /**
   * JCT over run time, the run time floored at 10 s, at least 1 (Feitelson et al., "Theory and
   * practice in parallel job scheduling", JSSPP 1997).
   */
  public double boundedSlowdown() {
    return Math.max(1, jctMs() / (double) Math.max(job.runMs(), 10_000));
  }
}
