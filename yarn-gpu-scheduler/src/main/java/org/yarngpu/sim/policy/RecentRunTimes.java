package org.yarngpu.sim.policy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * The mean of the last two run times of the same user; before there are any, the user's estimate;
 * else the mean of all run times so far.
 *
 * <p>Source: Tsafrir et al., "Backfilling using system-generated predictions rather than user
 * runtime estimates", TPDS 2007 (EASY++).
 */
final class RecentRunTimes implements RunTimeGuess {
  private static final int RUNS = 2;
  private static final long UNKNOWN_MS = 300_000;

  private final Map<String, Deque<Long>> recentMs = new HashMap<>();
  private double sumMs;
  private long count;

  @Override
  public long remainingMs(ActiveJob job) {
    return PassedGuess.remainingMs(runMs(job), job.attainedMs());
  }

  private long runMs(ActiveJob job) {
    Deque<Long> recent = recentMs.get(job.user());
    if (recent != null) {
      return (long) recent.stream().mapToLong(Long::longValue).average().orElseThrow();
    }
    return job.estimateMs().orElse(count == 0 ? UNKNOWN_MS : (long) (sumMs / count));
  }

  @Override
  public void learn(ActiveJob ended) {
    long ranMs = ended.attainedMs();
    sumMs += ranMs;
    count++;
    if (!ended.user().isEmpty()) {
      Deque<Long> recent = recentMs.computeIfAbsent(ended.user(), user -> new ArrayDeque<>());
      recent.addLast(ranMs);
      if (recent.size() > RUNS) {
        recent.removeFirst();
      }
    }
  }
}
