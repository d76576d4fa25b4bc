package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/**
 * Jobs of one GPU at a load above the cluster, first under CapacityScheduler and then under ours:
 * the same jobs in the same order.
 *
 * <p>Both serve them in order of submission and leave no GPU idle on purpose, so they differ only
 * in how soon a freed GPU is given away: at its node's next heartbeat, which YARN ships a second
 * apart, some milliseconds later where it schedules asynchronously, or in the next cycle. Runs in
 * real time are no sound comparison, least of all on a busy machine: their waits are printed. What
 * is asserted is that ours beats the wait that follows from half a heartbeat for every start, which
 * can be computed.
 */
class OneGpuJobsIT {
  private static final int JOBS = 120;
  private static final int GPUS = 12;
  private static final double LOAD = 1.2;
  private static final double RUNTIME_MEAN_MS = 1_500;
  private static final long HEARTBEAT_MS = 1_000;

  @Test
  void theyWaitLessThanHeartbeatsAloneWouldMakeThemWait() {
    double stockMs = meanWaitMs(cluster().scheduler(LocalYarn.STOCK_SCHEDULER).synchronous());
    double asyncMs = meanWaitMs(cluster().scheduler(LocalYarn.STOCK_SCHEDULER).asynchronous());
    double ourMs = meanWaitMs(cluster());
    double idealMs = computedMeanWaitMs(0);
    double boundMs = computedMeanWaitMs(HEARTBEAT_MS / 2);
    System.out.printf(
        "mean wait of %d one-GPU jobs: stock %.0f ms, stock asynchronous %.0f ms, ours %.0f ms;"
            + " computed: at once %.0f ms, half a heartbeat late %.0f ms%n",
        JOBS, stockMs, asyncMs, ourMs, idealMs, boundMs);
    assertThat(ourMs).isLessThan(boundMs);
  }

  /** The mean wait in order of arrival, if each start comes as late after its GPU is free. */
  private static double computedMeanWaitMs(long lateMs) {
    PriorityQueue<Long> freeAtMs = new PriorityQueue<>(Collections.nCopies(GPUS, 0L));
    double sumMs = 0;
    for (Times job : times()) {
      long startMs = Math.max(job.arrivalMs, freeAtMs.remove()) + lateMs;
      sumMs += startMs - job.arrivalMs;
      freeAtMs.add(startMs + job.runtimeMs);
    }
    return sumMs / JOBS;
  }

  private record Times(long arrivalMs, long runtimeMs) {}

  /** One job; times in milliseconds since the start of the run. */
  private static final class Job {
    final TestAm am;
    final long arrivalMs;
    final long runtimeMs;
    long startMs = -1;
    boolean asked;
    boolean ended;

    Job(TestAm am, Times times) {
      this.am = am;
      this.arrivalMs = times.arrivalMs;
      this.runtimeMs = times.runtimeMs;
    }

    void step(long nowMs) {
      if (!asked && nowMs >= arrivalMs) {
        asked = true;
        am.ask(1);
      }
      if (startMs < 0) {
        am.beat();
        if (!am.held().isEmpty()) {
          startMs = nowMs;
        }
      } else if (nowMs >= startMs + runtimeMs) {
        am.releaseAll().beat();
        ended = true;
      }
    }
  }

  private static LocalYarn.Builder cluster() {
    return LocalYarn.of(3, GPUS / 3)
        .with(
            "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms", Long.toString(HEARTBEAT_MS))
        .with("yarn.scheduler.capacity.per-node-heartbeat.maximum-offswitch-assignments", "100");
  }

  private static double meanWaitMs(LocalYarn.Builder cluster) {
    try (LocalYarn yarn = cluster.start()) {
      List<Job> jobs = new ArrayList<>();
      for (Times times : times()) {
        jobs.add(new Job(TestAm.on(yarn).register(), times));
      }
      List<Job> active = new ArrayList<>(jobs);
      long startNanos = System.nanoTime();
      while (!active.isEmpty()) {
        long nowMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
        for (Job job : active) {
          if (nowMs >= job.arrivalMs) {
            job.step(nowMs);
          }
        }
        active.removeIf(job -> job.ended);
        Eventually.pause(5);
      }
      yarn.endAll();
      return jobs.stream().mapToLong(job -> job.startMs - job.arrivalMs).average().orElseThrow();
    }
  }

  private static List<Times> times() {
    SplittableRandom random = new SplittableRandom(3);
    List<Times> times = new ArrayList<>();
    double arrivalMs = 0;
    for (int i = 0; i < JOBS; i++) {
      arrivalMs += exponential(random, RUNTIME_MEAN_MS / (GPUS * LOAD));
      long runtimeMs = Math.max(50, Math.round(exponential(random, RUNTIME_MEAN_MS)));
      times.add(new Times(Math.round(arrivalMs), runtimeMs));
    }
    return times;
  }

  private static double exponential(SplittableRandom random, double mean) {
    return -mean * Math.log(1 - random.nextDouble());
  }
}
