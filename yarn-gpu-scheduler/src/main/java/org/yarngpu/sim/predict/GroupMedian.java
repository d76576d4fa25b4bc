package org.yarngpu.sim.predict;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.yarngpu.predict.Quantile;
import org.yarngpu.sim.Job;

/**
 * The median of the last twenty runs of the same user, group and GPUs; before there are any, of
 * those of the user; else of all.
 */
final class GroupMedian {
  private static final int RUNS = 20;

  private record Group(String user, String name, int gpus) {}

  private final Map<Group, Deque<Double>> groups = new HashMap<>();

  /** From the most alike to any. */
  private static List<Group> groups(Job job) {
    return List.of(
        new Group(job.user(), job.group(), job.gpus()),
        new Group(job.user(), "", 0),
        new Group("", "", 0));
  }

  /** What a job is believed to run, seconds. */
  double of(Job job, double unknownSeconds) {
    for (Group group : groups(job)) {
      Deque<Double> runs = groups.get(group);
      if (runs != null) {
        return Quantile.of(runs.stream().mapToDouble(Double::doubleValue).toArray(), 0.5);
      }
    }
    return unknownSeconds;
  }

  void learn(Job job, double seconds) {
    for (Group group : groups(job)) {
      Deque<Double> runs = groups.computeIfAbsent(group, key -> new ArrayDeque<>());
      runs.addLast(seconds);
      if (runs.size() > RUNS) {
        runs.removeFirst();
      }
    }
  }
}
