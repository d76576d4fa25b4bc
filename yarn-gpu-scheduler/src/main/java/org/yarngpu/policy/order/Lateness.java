package org.yarngpu.policy.order;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.EvictingQueue;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Node;
import org.yarngpu.model.Orders.LateTerms;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.RunningGang;

/**
 * How long the order of submission would have a job wait, so that no other order makes it wait much
 * longer.
 *
 * <p>Whoever keeps all GPUs busy has a job wait there for as long as they need for what waits and
 * runs when it comes. A job is measured by the longest such time of late, of which one of a week
 * ago counts half, since it may have come then. The largest 1 % of jobs are no part of this: they
 * are most of the work, and in the order of submission all others would wait for them. Where that
 * order would have jobs wait for more than a week it is no measure, and nobody is late: the more
 * come first by it, the more become late behind them.
 *
 * <p>Source: no job later than under a fair discipline is from Friedman and Henderson, "Fairness
 * and efficiency in web server protocols", SIGMETRICS 2003; differs from it in the discipline, in
 * looking at waits in place of a simulated twin, and in who is exempt.
 */
public final class Lateness {
  private static final long PERIOD_MS = 60_000;
  private static final double WEEK_MS = 7 * 24 * 3_600_000.0;

  /** Ended jobs whose sizes are known. */
  private static final int ENDED_MAX = 5_000;

  private static final double NOT_LARGEST_SHARE = 0.99;

  private final EvictingQueue<Double> endedGpuMs = EvictingQueue.create(ENDED_MAX);
  private final Map<String, Double> backlogMs = new HashMap<>();
  private double largestGpuMs;
  private long lookedMs = Long.MIN_VALUE / 2;

  /**
   * A job that waits or runs.
   *
   * @param receivedGpuMs GPU time so far, at least 0
   * @param remainingGpuMs expected GPU time from now on, at least 0
   */
  public record Job(String partition, double receivedGpuMs, double remainingGpuMs) {
    public Job {
      checkArgument(
          receivedGpuMs >= 0 && remainingGpuMs >= 0,
          "receivedGpuMs (%s) and remainingGpuMs (%s) must be at least 0",
          receivedGpuMs,
          remainingGpuMs);
    }
  }

  /**
   * Notes that a job has ended.
   *
   * @param gpuMs all that it received, at least 0
   */
  public void ended(double gpuMs) {
    endedGpuMs.add(gpuMs);
  }

  /** Whether it is time to look again; also if the clock was set back. */
  public boolean isDue(long nowMs) {
    return Math.abs(nowMs - lookedMs) >= PERIOD_MS;
  }

  /**
   * Looks at all jobs, which takes time n log n in their number.
   *
   * @param jobs those that are expected to end, more perhaps than the snapshot has
   */
  public void look(ClusterSnapshot snapshot, Collection<Job> jobs) {
    double kept = Math.pow(2, -Math.max(0, snapshot.nowMs() - lookedMs) / WEEK_MS);
    lookedMs = snapshot.nowMs();
    Map<String, Integer> gpus = gpus(snapshot);
    Map<String, Double> workGpuMs = new HashMap<>();
    jobs.forEach(job -> workGpuMs.merge(job.partition(), job.remainingGpuMs(), Double::sum));
    backlogMs.keySet().retainAll(gpus.keySet());
    gpus.forEach(
        (partition, count) ->
            backlogMs.merge(
                partition,
                workGpuMs.getOrDefault(partition, 0.0) / count,
                (before, now) -> Math.max(before * kept, now)));
    double[] sizes =
        DoubleStream.concat(
                endedGpuMs.stream().mapToDouble(gpuMs -> gpuMs),
                jobs.stream().mapToDouble(job -> job.receivedGpuMs() + job.remainingGpuMs()))
            .toArray();
    Arrays.sort(sizes);
    largestGpuMs = sizes.length == 0 ? 0 : sizes[(int) (NOT_LARGEST_SHARE * (sizes.length - 1))];
  }

  /** By partition, where there are any: those that nobody holds of whom nothing is forecast. */
  private static Map<String, Integer> gpus(ClusterSnapshot snapshot) {
    Map<String, Integer> gpus = new HashMap<>();
    for (Node node : snapshot.nodes().values()) {
      if (node.open()) {
        gpus.merge(node.partition(), node.total().gpus(), Integer::sum);
      }
    }
    for (RunningGang running : snapshot.running()) {
      if (!snapshot.forecasts().containsKey(running.id())) {
        for (Member member : running.members()) {
          @Nullable Node node = snapshot.node(member.node());
          if (node != null && node.open()) {
            gpus.merge(node.partition(), -member.size().gpus(), Integer::sum);
          }
        }
      }
    }
    gpus.values().removeIf(count -> count <= 0);
    return gpus;
  }

  /**
   * Who is late, by partition.
   *
   * @param factor who has waited so many times as long as in the order of submission is late; 0:
   *     nobody
   */
  public ImmutableMap<String, LateTerms> terms(double factor) {
    return factor == 0
        ? ImmutableMap.of()
        : ImmutableMap.copyOf(
            Maps.transformValues(
                Maps.filterValues(backlogMs, waitMs -> waitMs <= WEEK_MS),
                waitMs -> new LateTerms(Math.round(factor * waitMs), largestGpuMs)));
  }
}
