package org.yarngpu.sim.workload;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;
import org.yarngpu.sim.Workload;

/**
 * How much of a cluster a workload asks for: the sum of run time x GPUs over all jobs, divided by
 * installed GPUs x time from the first to the last submission. At 1 a scheduler that wastes nothing
 * just keeps up; a few long jobs that end after the last submission count in full.
 */
public final class OfferedLoad {

  private OfferedLoad() {}

  /** GPU-milliseconds of all jobs, with whole devices. */
  public static double gpuMs(Workload workload) {
    return workload.jobs().stream().mapToDouble(job -> (double) job.runMs() * job.gpus()).sum();
  }

  /**
   * Returns the load, at least 0.
   *
   * @param installedGpus at least 1
   * @return empty where all jobs come at one instant
   */
  public static Optional<Double> of(Workload workload, int installedGpus) {
    checkArgument(installedGpus >= 1, "installedGpus (%s) must be at least 1", installedGpus);
    long windowMs = workload.arrivalWindowMs();
    return windowMs == 0
        ? Optional.empty()
        : Optional.of(gpuMs(workload) / ((double) installedGpus * windowMs));
  }
}
