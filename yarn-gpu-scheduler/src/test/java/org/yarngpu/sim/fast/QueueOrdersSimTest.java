package org.yarngpu.sim.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.SimJobs.job;
import static org.yarngpu.testing.SimJobs.owned;
import static org.yarngpu.testing.SimJobs.times;
import static org.yarngpu.testing.SimJobs.workload;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.junit.jupiter.api.Test;
import org.yarngpu.config.OrderSettings;
import org.yarngpu.config.Settings;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;

/** Orders within a queue, in the course of a run, on one node of four GPUs. */
class QueueOrdersSimTest {
  private static final long HOUR_S = 3600;
  private static final long RUN_S = 1800;
  private static final long HALF_LIFE_H = 12;
  private static final long BACK_S = 7 * 24 * HOUR_S;

  private static RunResult run(Workload workload, String policy, OrderSettings orders) {
    return new FastHost(
            Inventory.uniform(1, 4), QueueTree.SINGLE, Conditions.IDEAL, GanttWindow.NONE)
        .run(workload, policy, orders, Progress.NONE);
  }

  private static String run(String policy, Job... jobs) {
    return times(run(workload(jobs), policy, Settings.from(ImmutableMap.of()).orders()));
  }

  @Test
  void anOrderMayBeNamedWithThePolicy() {
    Job[] jobs = {job("A", 0, 100, 4), job("B", 10, 500, 4), job("C", 20, 50, 4)};
    assertThat(run("predicted-perfect", jobs)).isEqualTo("A 0-100, B 150-650, C 100-150");
    assertThat(run("predicted-perfect:fifo", jobs)).isEqualTo("A 0-100, B 100-600, C 600-650");
  }

  @Test
  void whoUsedNothingComesFirst() {
    Job[] jobs = {
      owned(job("A", 0, 100, 4), "ann", "", "", ""),
      owned(job("B", 10, 50, 4), "ann", "", "", ""),
      owned(job("C", 20, 60, 4), "bob", "", "", "")
    };
    assertThat(run("predicted-perfect", jobs)).isEqualTo("A 0-100, B 100-150, C 150-210");
    assertThat(run("predicted-perfect:fair-over-time", jobs))
        .isEqualTo("A 0-100, B 160-210, C 100-160");
  }

  /** By what remains A would come before C, and by submission before B. */
  @Test
  void tiresiasPutsBackWhoReceivedMuch() {
    Job[] jobs = {job("A", 0, 30_000, 4), job("B", 7_000, 2_000, 4), job("C", 7_010, 40_000, 4)};
    // At 7,020 s A is evicted for B, and has received 28,080 GPU-s.
    assertThat(run("predicted-perfect:tiresias", jobs))
        .isEqualTo("A 0-72000, B 7020-9020, C 9020-49020");
    assertThat(run("predicted-perfect", jobs)).isEqualTo("A 0-32000, B 7020-9020, C 32000-72000");
  }

  /**
   * Two equal users in one queue that both always ask; one was away for a week, in which the other
   * had all GPUs.
   */
  @Test
  void whoWasAwayForAWeekCatchesUpInAHalfLifeAndThenHasHalf() {
    ImmutableList.Builder<Job> jobs = ImmutableList.builder();
    long endS = BACK_S + 5 * HALF_LIFE_H * HOUR_S;
    for (long atS = 0; atS < endS; atS += RUN_S) {
      for (int j = 0; j < 4; j++) {
        jobs.add(owned(job("b%07d-%d".formatted(atS, j), atS, RUN_S, 1), "bob", "bob", "", ""));
        if (atS >= BACK_S) {
          jobs.add(owned(job("a%07d-%d".formatted(atS, j), atS, RUN_S, 1), "ann", "ann", "", ""));
        }
      }
    }
    OrderSettings orders =
        Settings.from(
                ImmutableMap.of(
                    "yarn.scheduler.gpu.queue.root.default.order", "fair-over-time",
                    "yarn.scheduler.gpu.order.use-half-life-h", Long.toString(HALF_LIFE_H),
                    "yarn.scheduler.gpu.order.starve-after-ms", "2000000000"))
            .orders();
    RunResult result = run(new Workload("away", jobs.build()), "predicted-still", orders);
    long halfLifeMs = HALF_LIFE_H * HOUR_S * 1000;
    long backMs = BACK_S * 1000;
    assertThat(ratio(result, backMs, backMs + halfLifeMs / 2)).isGreaterThan(9);
    double used =
        used(result, "ann", backMs + halfLifeMs) / used(result, "bob", backMs + halfLifeMs);
    assertThat(used).isBetween(0.95, 1.05);
    assertThat(ratio(result, backMs + halfLifeMs, backMs + 2 * halfLifeMs)).isBetween(0.95, 1.05);
    assertThat(ratio(result, backMs + halfLifeMs, backMs + 4 * halfLifeMs)).isBetween(0.95, 1.05);
  }

  /** GPU time of ann over that of bob. */
  private static double ratio(RunResult result, long fromMs, long toMs) {
    double ann = 0;
    double bob = 0;
    for (JobRecord job : result.jobs()) {
      long ms =
          Math.max(
              0,
              Math.min(toMs, job.endMs().orElseThrow())
                  - Math.max(fromMs, job.startMs().orElseThrow()));
      ann += job.job().user().equals("ann") ? ms : 0;
      bob += job.job().user().equals("bob") ? ms : 0;
    }
    return ann / Math.max(1, bob);
  }

  /** Decayed GPU time, in half-lives. */
  private static double used(RunResult result, String user, long atMs) {
    double halfLifeMs = HALF_LIFE_H * HOUR_S * 1000.0;
    double used = 0;
    for (JobRecord job : result.jobs()) {
      long fromMs = job.startMs().orElseThrow();
      if (job.job().user().equals(user) && fromMs < atMs) {
        long toMs = Math.min(atMs, job.endMs().orElseThrow());
        used += Math.pow(2, (toMs - atMs) / halfLifeMs) - Math.pow(2, (fromMs - atMs) / halfLifeMs);
      }
    }
    return used;
  }
}
