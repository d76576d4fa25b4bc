package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterators;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.yarngpu.planner.GangPlacer;
import org.yarngpu.planner.Room;
import org.yarngpu.sim.policy.Decision.Start;

/**
 * Decides anew, each period or after every change, who should run: walks all jobs in one order and
 * grants each that still fits by its number of GPUs; running jobs that are not granted lose theirs,
 * then the granted waiting ones are placed. One that is granted and finds no place, because the
 * free GPUs are scattered, waits for the next decision.
 *
 * <p>This is how the published preemptive baselines work. O(running log running) a decision and the
 * waiting jobs up to the one that takes the last GPU.
 */
abstract class PreemptiveOrder implements Policy {
  private final long periodMs;
  private final Comparator<ActiveJob> order;
  private final GangPlacer placer = new GangPlacer();
  private final TreeSet<ActiveJob> waiting;

  /**
   * @param periodMs how often it decides; 0 is after every change
   * @param order who goes first; a waiting job's place in it must not change
   */
  PreemptiveOrder(long periodMs, Comparator<ActiveJob> order) {
    this.periodMs = periodMs;
    this.order = order.thenComparing(ActiveJob.BY_SUBMISSION);
    this.waiting = new TreeSet<>(this.order);
  }

  @Override
  public final long periodMs() {
    return periodMs;
  }

  @Override
  public final void waits(ActiveJob job) {
    waiting.add(job);
  }

  @Override
  public final void started(ActiveJob job) {
    waiting.remove(job);
  }

  @Override
  public final boolean anyWaits() {
    return !waiting.isEmpty();
  }

  @Override
  public final Decision decide(View view) {
    Room free = view.free();
    Set<ActiveJob> notGranted = new LinkedHashSet<>(view.running());
    List<ActiveJob> granted = granted(free, notGranted);
    notGranted.forEach(job -> free.giveBack(job.members()));
    ImmutableList.Builder<Start> starts = ImmutableList.builder();
    for (ActiveJob job : granted) {
      placer
          .place(job.gang(), free)
          .ifPresent(
              members -> {
                free.take(members);
                starts.add(new Start(job, members));
              });
    }
    return new Decision(ImmutableList.copyOf(notGranted), starts.build());
  }

  /** The waiting jobs that should run; takes those that should go on out of {@code running}. */
  private List<ActiveJob> granted(Room free, Set<ActiveJob> running) {
    Map<String, Integer> gpusLeft = new HashMap<>();
    for (int i = 0; i < free.size(); i++) {
      gpusLeft.merge(free.node(i).partition(), free.gpus(i), Integer::sum);
    }
    running.forEach(job -> gpusLeft.merge(job.gang().partition(), job.gpus(), Integer::sum));
    int gpusInAll = gpusLeft.values().stream().mapToInt(Integer::intValue).sum();
    List<ActiveJob> runningInOrder = new ArrayList<>(running);
    runningInOrder.sort(order);
    Iterator<ActiveJob> all =
        Iterators.mergeSorted(
            ImmutableList.of(runningInOrder.iterator(), waiting.iterator()), order);
    List<ActiveJob> granted = new ArrayList<>();
    while (gpusInAll > 0 && all.hasNext()) {
      ActiveJob job = all.next();
      int left = gpusLeft.getOrDefault(job.gang().partition(), 0);
      if (job.gpus() <= left) {
        gpusLeft.put(job.gang().partition(), left - job.gpus());
        gpusInAll -= job.gpus();
        if (!running.remove(job)) {
          granted.add(job);
        }
      }
    }
    return granted;
  }
}
