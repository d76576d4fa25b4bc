package org.yarngpu.sim.workload;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;

/** Makes a workload fit a cluster that it was not recorded on. */
public final class LoadScaling {

  private LoadScaling() {}

  /**
   * Returns the same jobs with the times between submissions stretched or squeezed by one factor,
   * so that the offered load is the target but for rounding to milliseconds. The first submission
   * stays; the rhythm of days changes its length with the rest.
   *
   * @param target above 0
   * @throws IllegalArgumentException if the workload has no load to scale
   */
  public static Workload toLoad(double target, Workload workload, int installedGpus) {
    checkArgument(target > 0, "target (%s) must be above 0", target);
    double load = OfferedLoad.of(workload, installedGpus).orElse(0.0);
    checkArgument(
        load > 0,
        "workload %s has no load to scale: its jobs come at once or take no time",
        workload.name());
    long firstMs = workload.jobs().get(0).submitMs();
    double factor = load / target;
    return workload.withJobs(
        workload.jobs().stream()
            .map(job -> job.submittedAt(stretched(job, firstMs, factor)))
            .collect(ImmutableList.toImmutableList()));
  }

  private static long stretched(Job job, long firstMs, double factor) {
    return firstMs + Math.round((job.submitMs() - firstMs) * factor);
  }
}
