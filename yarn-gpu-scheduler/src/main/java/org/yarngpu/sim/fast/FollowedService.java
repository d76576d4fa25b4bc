package org.yarngpu.sim.fast;

import com.google.common.collect.ImmutableList;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.SharedRun.ServiceRecord;
import org.yarngpu.sim.scale.LoadedService;

/** A service that follows its load in the course of a run, and its replicas. */
final class FollowedService {
  private final Service service;
  private final String queue;
  private final SimModels models;
  private final LoadedService loaded;
  private final IntSupplier numbers;
  private final long judgedFromMs;
  private final long judgedToMs;

  /** Those without GPUs, in the order in which they asked. */
  private final Deque<Replica> asking = new ArrayDeque<>();

  /** Those with GPUs, the latest last. */
  private final Deque<Replica> holding = new ArrayDeque<>();

  private final ImmutableList.Builder<Long> asksMs = ImmutableList.builder();

  /**
   * Begins without replicas, at moment 0.
   *
   * @param queue path of its leaf
   * @param numbers of replicas, each once
   */
  FollowedService(
      Service service,
      String queue,
      SimModels models,
      String scaling,
      IntSupplier numbers,
      long judgedFromMs,
      long judgedToMs,
      long endMs) {
    Service.Demand demand = service.demand().orElseThrow();
    this.service = service;
    this.queue = queue;
    this.models = models;
    this.numbers = numbers;
    this.judgedFromMs = judgedFromMs;
    this.judgedToMs = judgedToMs;
    this.loaded =
        new LoadedService(
            demand.load().repeatedUntil(endMs),
            demand.conditions(),
            scaling,
            0,
            judgedFromMs,
            judgedToMs);
  }

  /** Those that it begins with, which serve at once when they are placed. */
  ImmutableList<Replica> first() {
    ImmutableList.Builder<Replica> first = ImmutableList.builder();
    for (int i = 0; i < loaded.replicas(); i++) {
      Replica replica = replica(0);
      first.add(replica);
      holding.addLast(replica);
    }
    return first.build();
  }

  /**
   * What changes by a decision of its policy.
   *
   * @param asks replicas that wait from now on
   * @param withdrawn that wait no longer
   * @param stopped that have GPUs, and give them back
   */
  record Change(
      ImmutableList<Replica> asks,
      ImmutableList<Replica> withdrawn,
      ImmutableList<Replica> stopped) {}

  /** Has its policy decide, and asks for replicas or lets some go: first those without GPUs. */
  Change scale(long nowMs) {
    loaded.passTo(nowMs);
    int wanted = asking.size() + holding.size();
    int wish = loaded.wish(wanted);
    ImmutableList.Builder<Replica> asks = ImmutableList.builder();
    ImmutableList.Builder<Replica> withdrawn = ImmutableList.builder();
    ImmutableList.Builder<Replica> stopped = ImmutableList.builder();
    for (; wanted < wish; wanted++) {
      Replica replica = replica(nowMs);
      asks.add(replica);
      asking.addLast(replica);
    }
    for (; wanted > wish; wanted--) {
      if (asking.isEmpty()) {
        stopped.add(holding.removeLast());
      } else {
        withdrawn.add(asking.removeLast());
      }
    }
    loaded.has(holding.size());
    return new Change(asks.build(), withdrawn.build(), stopped.build());
  }

  private Replica replica(long nowMs) {
    int number = numbers.getAsInt();
    return new Replica(
        this,
        number,
        models.replicasOf(service, "%s #%s".formatted(service.name(), number), queue, 1, nowMs));
  }

  /** One that asked has its GPUs, and serves after the delay of its start. */
  void got(Replica replica, long nowMs) {
    long askedMs = replica.gang().submittedMs();
    if (judgedFromMs <= askedMs && askedMs < judgedToMs) {
      asksMs.add(nowMs - askedMs);
    }
    loaded.passTo(nowMs);
    asking.remove(replica);
    holding.addLast(replica);
    loaded.has(holding.size());
  }

  /** One lost its node, and asks anew. */
  void lost(Replica replica, long nowMs) {
    loaded.passTo(nowMs);
    holding.remove(replica);
    asking.addLast(replica);
    loaded.has(holding.size());
  }

  int holding() {
    return holding.size();
  }

  ServiceRecord record(long endMs) {
    loaded.passTo(Math.max(judgedToMs, endMs));
    return new ServiceRecord(
        service.name(),
        loaded.requests(),
        loaded.violationShare(),
        loaded.meanReplicas(),
        asksMs.build());
  }
}
