package org.yarngpu.sim.scale;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A service whose requests are a fluid: they flow in at the load, out at what the ready replicas
 * serve, and wait in between, first come, first served. A request's wait is what waits before it
 * over the capacity at its arrival. There is no randomness, so below full utilisation nobody waits.
 */
final class FluidQueue {
  private final double serviceRate;
  private final double objectiveSeconds;
  private final long startDelayMs;

  private final Deque<Start> starting = new ArrayDeque<>();
  private int ready;
  private double backlog;

  private double requests;
  private double violations;
  private double replicaMs;
  private long judgedMs;

  /** Replicas that begin to serve together. */
  private record Start(long readyMs, int replicas) {}

  /**
   * Begins empty.
   *
   * @param serviceRate requests per second that one replica serves, positive
   * @param objectiveSeconds longest wait that is no violation, at least 0
   * @param startDelayMs from the wish for a replica until it serves, at least 0
   * @param replicas ready at the start
   */
  FluidQueue(double serviceRate, double objectiveSeconds, long startDelayMs, int replicas) {
    this.serviceRate = serviceRate;
    this.objectiveSeconds = objectiveSeconds;
    this.startDelayMs = startDelayMs;
    this.ready = replicas;
  }

  /** Those that start included: they hold their GPUs. */
  int replicas() {
    return ready + starting.stream().mapToInt(Start::replicas).sum();
  }

  /** Requests that wait. */
  double backlog() {
    return backlog;
  }

  /** Starts replicas, or stops them at once: first those that start, the latest first. */
  void scaleTo(int replicas, long nowMs) {
    int change = replicas - replicas();
    if (change > 0) {
      starting.addLast(new Start(nowMs + startDelayMs, change));
    }
    while (change < 0 && !starting.isEmpty()) {
      Start last = starting.removeLast();
      int stopped = Math.min(last.replicas, -change);
      change += stopped;
      if (stopped < last.replicas) {
        starting.addLast(new Start(last.readyMs, last.replicas - stopped));
      }
    }
    ready += Math.min(0, change);
  }

  /** Lets time pass at a constant load; what happens is judged if {@code judged}. */
  void pass(long fromMs, long toMs, double load, Judged judged) {
    long from = fromMs;
    while (from < toMs) {
      while (!starting.isEmpty() && starting.getFirst().readyMs <= from) {
        ready += starting.removeFirst().replicas;
      }
      long to = starting.isEmpty() ? toMs : Math.min(toMs, starting.getFirst().readyMs);
      flow(to - from, load, judged);
      from = to;
    }
  }

  /** Whether what happens counts in the result. */
  enum Judged {
    YES,
    NO
  }

  private void flow(long ms, double load, Judged judged) {
    double seconds = ms / 1000.0;
    double capacity = ready * serviceRate;
    double growth = load - capacity;
    if (judged == Judged.YES) {
      requests += load * seconds;
      violations += load * secondsAbove(capacity * objectiveSeconds, growth, seconds);
      replicaMs += (double) replicas() * ms;
      judgedMs += ms;
    }
    backlog = Math.max(0, backlog + growth * seconds);
  }

  /** For how long of the coming seconds more waits than a bound. */
  private double secondsAbove(double bound, double growth, double seconds) {
    if (growth == 0) {
      return backlog > bound ? seconds : 0;
    }
    double crossing = Math.min(seconds, Math.max(0, (bound - backlog) / growth));
    return growth > 0 ? seconds - crossing : crossing;
  }

  /** Those that are judged. */
  double requests() {
    return requests;
  }

  /** Share of the judged requests that waited too long, in [0, 1]; 0 if there were none. */
  double violationShare() {
    return requests == 0 ? 0 : violations / requests;
  }

  double meanReplicas() {
    return judgedMs == 0 ? 0 : replicaMs / judgedMs;
  }
}
