package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;

/**
 * An inference service that runs beside the jobs. Today it is what services on YARN are: it holds
 * {@code replicasMax} replicas all the time, whatever its load; {@code replicasMin}, {@code
 * startDelayMs} and {@code load} are read for policies that scale it.
 *
 * @param name unique
 * @param queue as of a job
 * @param gpusPerReplica whole devices that one replica takes on one node, at least 1
 * @param replicasMin it never runs with fewer, at least 0
 * @param replicasMax it never runs with more, at least 1
 * @param startDelayMs from the allocation of a replica until it answers, at least 0
 * @param load in the order of time; empty if it is not known
 */
public record Service(
    String name,
    String queue,
    int gpusPerReplica,
    int replicasMin,
    int replicasMax,
    long startDelayMs,
    ImmutableList<Load> load) {

  /**
   * What arrives from a moment on.
   *
   * @param atMs since the start of the trace, at least 0
   * @param requestsPerSecond at least 0
   */
  public record Load(long atMs, double requestsPerSecond) {}

  public Service {
    checkArgument(
        gpusPerReplica >= 1, "gpusPerReplica (%s) of %s must be at least 1", gpusPerReplica, name);
    checkArgument(
        replicasMin >= 0 && replicasMax >= Math.max(1, replicasMin),
        "replicas of %s must be 0 <= min <= max and max at least 1, but are %s and %s",
        name,
        replicasMin,
        replicasMax);
    checkArgument(startDelayMs >= 0, "startDelayMs (%s) of %s is negative", startDelayMs, name);
  }

  public int gpusMax() {
    return Math.multiplyExact(gpusPerReplica, replicasMax);
  }
}
