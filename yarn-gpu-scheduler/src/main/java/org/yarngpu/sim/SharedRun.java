package org.yarngpu.sim;

import com.google.common.collect.ImmutableList;

/**
 * What jobs and services that share a cluster became.
 *
 * @param run what became of the jobs
 * @param sharing by which they shared
 * @param lentGpuMs GPU time that borrowers held, what they lost included
 * @param recalls how often loans were called back for a gang that waited
 * @param services in the order of the workload, those that follow their load
 */
public record SharedRun(
    RunResult run,
    Sharing sharing,
    long lentGpuMs,
    int recalls,
    ImmutableList<ServiceRecord> services) {

  /**
   * What became of a service between the first and the last submission of a job.
   *
   * @param requests that came
   * @param violations share of the requests that waited longer than the objective, in [0, 1]
   * @param meanReplicas over time, those that start included
   * @param asksMs from each ask for a replica until it had its GPUs, in the order of the asks;
   *     without those that were withdrawn before
   */
  public record ServiceRecord(
      String name,
      double requests,
      double violations,
      double meanReplicas,
      ImmutableList<Long> asksMs) {}
}
