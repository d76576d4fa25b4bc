package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;

/**
 * An inference service that runs beside the jobs. One whose load and rate are known can follow its
 * load where a run lets it; else it holds {@code replicasMax} replicas all the time.
 *
 * @param name unique
 * @param queue as of a job
 * @param gpusPerReplica whole devices that one replica takes on one node, at least 1
 * @param replicasMin it never runs with fewer, at least 0
 * @param replicasMax it never runs with more, at least 1
 * @param startDelayMs from the allocation of a replica until it answers, at least 0
 * @param demand empty if it is not known
 */
public record Service(
    String name,
    String queue,
    int gpusPerReplica,
    int replicasMin,
    int replicasMax,
    long startDelayMs,
    Optional<Demand> demand) {

  /**
   * What arrives at a service, and what a replica does about it.
   *
   * @param load from the start of the trace
   * @param conditions with the bounds and the delay of the service
   */
  public record Demand(LoadSeries load, ServiceConditions conditions) {}

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

  public Service inQueue(String newQueue) {
    return new Service(
        name, newQueue, gpusPerReplica, replicasMin, replicasMax, startDelayMs, demand);
  }
}
