package org.yarngpu.sim.policy;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import org.yarngpu.model.Ask;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;

/**
 * Waiting gangs in lines of equals: one queue, one priority, equal asks. Within a line the order is
 * that of submission, so a cycle can serve only the first ones of each, and the planner need not
 * see the others: it decides the same without them, in time that does not grow with the queue.
 */
final class WaitingLines {

  /** What makes gangs equal but for their time of submission. */
  private record Line(String queue, int priority, ImmutableList<Ask> asks) {
    static Line of(Gang gang) {
      return new Line(gang.queue(), gang.priority(), gang.asks());
    }
  }

  private final Map<Line, TreeSet<ActiveJob>> lines = new LinkedHashMap<>();
  private final Map<GangId, ActiveJob> jobs = new HashMap<>();

  void add(ActiveJob job) {
    jobs.put(job.gang().id(), job);
    lines
        .computeIfAbsent(Line.of(job.gang()), line -> new TreeSet<>(ActiveJob.BY_SUBMISSION))
        .add(job);
  }

  void remove(ActiveJob job) {
    jobs.remove(job.gang().id());
    Line line = Line.of(job.gang());
    TreeSet<ActiveJob> left = requireNonNull(lines.get(line), "a job was never added");
    left.remove(job);
    if (left.isEmpty()) {
      lines.remove(line);
    }
  }

  boolean isEmpty() {
    return jobs.isEmpty();
  }

  ActiveJob job(GangId id) {
    return requireNonNull(jobs.get(id), "a gang was placed that does not wait");
  }

  /**
   * The gangs that can matter now: of each line as many as fit into the free GPUs, and one more
   * that may be the first that does not fit.
   *
   * @param freeGpus on all nodes
   * @param besides gangs that matter wherever they stand, as those with a reservation
   */
  ImmutableList<Gang> heads(int freeGpus, Iterable<GangId> besides) {
    Map<GangId, Gang> heads = new LinkedHashMap<>();
    for (TreeSet<ActiveJob> line : lines.values()) {
      int count = freeGpus / line.first().gpus() + 1;
      for (ActiveJob job : line) {
        if (count-- == 0) {
          break;
        }
        heads.put(job.gang().id(), job.gang());
      }
    }
    for (GangId id : besides) {
      ActiveJob job = jobs.get(id);
      if (job != null) {
        heads.put(id, job.gang());
      }
    }
    return ImmutableList.copyOf(heads.values());
  }
}
