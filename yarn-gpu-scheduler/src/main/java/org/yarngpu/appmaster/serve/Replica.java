package org.yarngpu.appmaster.serve;

import org.apache.hadoop.yarn.api.records.ContainerId;

/**
 * One server of a service, at one moment.
 *
 * @param id its container
 * @param number of the service's replicas so far, from 1
 * @param release what it runs, from 1
 * @param host name of its node
 * @param port where it serves
 * @param metricsPort a second port, for servers that tell their metrics elsewhere
 * @param state where it stands
 * @param sinceMs when it came there
 * @param failedProbes health checks in a row that failed
 * @param leaving whether it was noticed that its GPUs will be taken, so that it does not come back
 */
record Replica(
    ContainerId id,
    int number,
    int release,
    String host,
    int port,
    int metricsPort,
    State state,
    long sinceMs,
    int failedProbes,
    boolean leaving) {

  /** Where a replica stands. */
  enum State {
    /** Its program runs and does not serve yet. */
    STARTING,
    /** It serves, and is in the list of endpoints. */
    READY,
    /** It served and does not answer. */
    UNHEALTHY,
    /** It is no longer in the list and finishes what it has. */
    DRAINING,
    /** It was told to end. */
    STOPPING
  }

  /** Whether it counts as one of those that are wanted. */
  boolean isOfUse() {
    return state == State.STARTING || state == State.READY || state == State.UNHEALTHY;
  }

  Replica to(State next, long nowMs) {
    return new Replica(id, number, release, host, port, metricsPort, next, nowMs, 0, leaving);
  }

  Replica probeFailed() {
    return new Replica(
        id, number, release, host, port, metricsPort, state, sinceMs, failedProbes + 1, leaving);
  }

  Replica noticed() {
    return new Replica(
        id, number, release, host, port, metricsPort, state, sinceMs, failedProbes, true);
  }

  @Override
  public String toString() {
    return "replica %s at %s:%s".formatted(number, host, port);
  }
}
