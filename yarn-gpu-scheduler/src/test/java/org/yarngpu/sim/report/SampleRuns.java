package org.yarngpu.sim.report;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Segment;
import org.yarngpu.sim.Timeline;

/** Runs to report on, by hand or by chance. Times are in seconds. */
final class SampleRuns {
  private SampleRuns() {}

  static Job job(String id, String user, String queue, long submit, long run, int gpus) {
    return new Job(
        id,
        submit * 1000,
        run * 1000,
        gpus,
        1,
        1,
        user,
        "",
        queue,
        0,
        "",
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  static JobRecord done(Job job, long start, long end) {
    return new JobRecord(
        job, OptionalLong.of(start * 1000), OptionalLong.of(end * 1000), 0, 0, 0, 0, 0, 0);
  }

  static JobRecord never(Job job) {
    return new JobRecord(job, OptionalLong.empty(), OptionalLong.empty(), 0, 0, 0, 0, 0, 0);
  }

  static RunResult run(String policy, long seed, JobRecord... jobs) {
    return run(policy, Conditions.IDEAL.withSeed(seed), jobs);
  }

  static RunResult run(String policy, Conditions conditions, JobRecord... jobs) {
    return new RunResult(
        "week",
        "fast",
        policy,
        conditions,
        4,
        ImmutableList.copyOf(jobs),
        200_000,
        ImmutableList.of(),
        ImmutableList.of(),
        0,
        1_500);
  }

  /** One job of 100 s that waits as long as given. */
  static RunResult waiting(String policy, long seed, long wait) {
    return run(policy, seed, done(job("a", "", "", 0, 100, 1), wait, wait + 100));
  }

  /**
   * Jobs on 16 nodes of 8 GPUs whose waits are log-normal; the policies differ in the median only.
   */
  static RunResult byChance(String policy, long seed, int jobs, double medianWait) {
    SplittableRandom random = new SplittableRandom(seed);
    SplittableRandom waits = new SplittableRandom(seed + policy.hashCode());
    List<JobRecord> records = new ArrayList<>();
    List<Segment> segments = new ArrayList<>();
    Timeline timeline = new Timeline();
    long[][] freeFromMs = new long[16][8];
    long submit = 0;
    for (int j = 0; j < jobs; j++) {
      submit += Math.round(-60 * Math.log(1 - random.nextDouble()));
      int gpus = 1 << (int) (random.nextDouble() * random.nextDouble() * 6);
      long run = Math.round(600 * Math.exp(1.4 * gaussian(random)));
      Job job = job("job-%05d".formatted(j), "u" + j % 7, "q" + j % 3, submit, run, gpus);
      boolean atOnce = waits.nextDouble() < 0.4;
      long wait = atOnce ? 0 : Math.round(medianWait * Math.sqrt(gpus) * Math.exp(gaussian(waits)));
      boolean evicted = !atOnce && waits.nextDouble() < 0.1;
      long restart = evicted ? 300 : 0;
      JobRecord plain = done(job, submit + wait, submit + wait + restart + run);
      records.add(
          j % 500 == 499
              ? never(job)
              : new JobRecord(
                  job,
                  plain.startMs(),
                  plain.endMs(),
                  evicted ? 1 : 0,
                  0,
                  0,
                  restart * 1000 * gpus,
                  20_000L * gpus,
                  (20 + restart + run) * 1000 * gpus));
      for (int member = 0; member < gpus; member += 8) {
        int held = Math.min(8, gpus - member);
        int node = earliest(freeFromMs, held);
        long[] places = freeFromMs[node];
        long fromMs = Math.max(places[held - 1], (submit + wait) * 1000);
        long toMs = fromMs + run * 1000;
        segments.add(new Segment(job.id(), "node-%02d".formatted(node), held, fromMs, toMs));
        Arrays.fill(places, 0, held, toMs);
        Arrays.sort(places);
      }
      double load = 0.75 + 0.2 * Math.sin(submit / 40_000.0) + 0.05 * waits.nextDouble();
      timeline.advance(submit * 1000, (int) (128 * load), (int) (medianWait / 60 * load * load));
    }
    segments.sort(Comparator.comparingLong(Segment::fromMs));
    return new RunResult(
        "sample week",
        "fast",
        policy,
        new Conditions(5_000, 15_000, 300_000, 600_000, 0, 0, 900_000, seed),
        128,
        ImmutableList.copyOf(records),
        (long) (0.78 * 128 * submit * 1000),
        timeline.buckets(),
        ImmutableList.copyOf(segments),
        jobs * 7L,
        1_234);
  }

  /** Of nodes with the times from which their GPUs are free, ascending. */
  private static int earliest(long[][] freeFromMs, int gpus) {
    int best = 0;
    for (int n = 1; n < freeFromMs.length; n++) {
      best = freeFromMs[n][gpus - 1] < freeFromMs[best][gpus - 1] ? n : best;
    }
    return best;
  }

  private static double gaussian(SplittableRandom random) {
    return Math.sqrt(-2 * Math.log(1 - random.nextDouble()))
        * Math.cos(2 * Math.PI * random.nextDouble());
  }

  /** Six policies on the same jobs. */
  static ImmutableList<RunResult> six(int jobs, long seed) {
    return ImmutableList.of(
        byChance("fifo", seed, jobs, 4_000),
        byChance("priority", seed, jobs, 1_500),
        byChance("las", seed, jobs, 900),
        byChance("tiresias", seed, jobs, 700),
        byChance("qssf", seed, jobs, 500),
        byChance("srtf-oracle", seed, jobs, 300));
  }
}
