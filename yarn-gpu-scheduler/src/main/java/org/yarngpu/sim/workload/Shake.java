package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import java.util.SplittableRandom;
import org.yarngpu.sim.Workload;

/**
 * Shakes a workload: each submission is moved by a uniform time of up to a minute either way, but
 * not before 0. A comparison that only one order of arrivals shows does not outlive some shakes.
 *
 * <p>Source: Tsafrir, Ouaknine, Feitelson, "Reducing performance evaluation sensitivity and
 * variability by input shaking", MASCOTS 2007.
 */
public final class Shake {

  /** Farthest that a submission is moved. */
  public static final long SHIFT_MAX_MS = 60_000;

  private Shake() {}

  /** Returns the shaken workload; equal seeds give equal workloads. */
  public static Workload of(Workload workload, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return workload.withJobs(
        workload.jobs().stream()
            .map(
                job ->
                    job.submittedAt(
                        Math.max(
                            0, job.submitMs() + random.nextLong(-SHIFT_MAX_MS, SHIFT_MAX_MS + 1))))
            .collect(ImmutableList.toImmutableList()));
  }
}
