package org.yarngpu.sim.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.yarngpu.testing.SimJobs.job;
import static org.yarngpu.testing.SimJobs.times;
import static org.yarngpu.testing.SimJobs.workload;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.WidthScaling;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.Elasticity;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Segment;
import org.yarngpu.sim.Timeline;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.policy.Policies;
import org.yarngpu.testing.Seeded;
import org.yarngpu.testing.SimJobs;

/** Jobs whose width changes. */
class ElasticSimTest {
  private static final long MEMBER_START_MS = 1_000;
  private static final long RESTART_MS = 20_000;
  private static final Conditions COSTLY =
      new Conditions(2_000, MEMBER_START_MS, RESTART_MS, 0, 0, 0, 1, 0);
  private static final ImmutableList<String> ELASTIC_POLICIES =
      ImmutableList.of("predicted", "predicted-still", "predicted-perfect", "predicted:tiresias");

  private static Conditions elastic(Conditions conditions, double share, double exponent) {
    return conditions.withElasticity(new Elasticity(share, 0.5, 2, new WidthScaling(exponent)));
  }

  private static RunResult run(Workload workload, int nodes, String policy, Conditions conditions) {
    return new FastHost(
            Inventory.uniform(nodes, 4),
            QueueTree.SINGLE,
            conditions,
            new GanttWindow(0, Long.MAX_VALUE))
        .run(workload, policy, Progress.NONE);
  }

  /** Jobs long enough to change their width, which one may every ten minutes. */
  private static Workload anyJobs(SplittableRandom random) {
    ImmutableList.Builder<Job> jobs = ImmutableList.builder();
    int count = 2 + random.nextInt(25);
    for (int j = 0; j < count; j++) {
      jobs.add(
          job(
              "job-%02d".formatted(j),
              random.nextInt(6_000),
              1 + random.nextInt(6_000),
              1 + random.nextInt(4),
              1 + random.nextInt(2)));
    }
    return new Workload("any", jobs.build());
  }

  private static Conditions anyConditions(SplittableRandom random) {
    return elastic(
        COSTLY.withSeed(random.nextLong()), random.nextDouble(), 0.3 + 0.7 * random.nextDouble());
  }

  /** Of each job the members of its attempts, by when they began. */
  private static Map<String, Map<Long, List<Segment>>> attempts(RunResult result) {
    Map<String, Map<Long, List<Segment>>> attempts = new TreeMap<>();
    for (Segment member : result.segments()) {
      attempts
          .computeIfAbsent(member.jobId(), job -> new TreeMap<>())
          .computeIfAbsent(member.fromMs(), from -> new ArrayList<>())
          .add(member);
    }
    return attempts;
  }

  @Seeded(runs = 15)
  void aFinishedJobHasDoneItsWorkHoweverItsWidthChanged(SplittableRandom random) {
    Workload workload = anyJobs(random);
    Conditions conditions = anyConditions(random);
    for (String policy : ELASTIC_POLICIES) {
      RunResult result = run(workload, 3, policy, conditions);
      Map<String, Map<Long, List<Segment>>> attempts = attempts(result);
      for (JobRecord record : result.jobs()) {
        assertThat(record.finished()).as("%s: %s", policy, record).isTrue();
        double doneMs = 0;
        boolean first = true;
        Map<Long, List<Segment>> own = attempts.getOrDefault(record.job().id(), Map.of());
        for (List<Segment> members : own.values()) {
          long heldMs = members.get(0).toMs() - members.get(0).fromMs();
          long computedMs = heldMs - MEMBER_START_MS - (first ? 0 : RESTART_MS);
          doneMs +=
              (double) Math.max(0, computedMs)
                  * Math.pow(
                      members.size() / (double) record.job().members(),
                      conditions.elasticity().scaling().exponent());
          first = false;
        }
        assertThat(doneMs)
            .as("%s: %s", policy, record)
            .isCloseTo((double) record.job().runMs(), within(2.0)); // ends are whole milliseconds
        assertThat(own).as(policy).hasSize(1 + record.evictions() + record.resizes());
      }
    }
  }

  @Seeded(runs = 15)
  void noJobEverHasFewerOrMoreMembersThanItMay(SplittableRandom random) {
    Workload workload = anyJobs(random);
    Conditions conditions = anyConditions(random);
    for (String policy : Policies.BY_NAME.keySet()) {
      Map<String, Map<Long, List<Segment>>> attempts =
          attempts(run(workload, 3, policy, conditions));
      for (Job job : workload.jobs()) {
        attempts
            .getOrDefault(job.id(), Map.of())
            .values()
            .forEach(
                members ->
                    assertThat(members.size())
                        .as("%s: %s", policy, job)
                        .isBetween((job.members() + 1) / 2, 2 * job.members()));
      }
    }
  }

  @Seeded(runs = 15)
  void gpuTimeOfRecordsIsWhatTheClusterGave(SplittableRandom random) {
    Workload workload = anyJobs(random);
    Conditions conditions = anyConditions(random);
    for (String policy : Policies.BY_NAME.keySet()) {
      RunResult result = run(workload, 3, policy, conditions);
      Map<String, Map<Long, List<Segment>>> attempts = attempts(result);
      long heldGpuMs = 0;
      for (JobRecord record : result.jobs()) {
        heldGpuMs += record.heldGpuMs();
        assertThat(record.heldGpuMs())
            .as("%s: %s", policy, record)
            .isEqualTo(
                attempts.getOrDefault(record.job().id(), Map.of()).values().stream()
                    .flatMap(List::stream)
                    .mapToLong(part -> (part.toMs() - part.fromMs()) * part.gpus())
                    .sum());
      }
      assertThat((double) heldGpuMs).as(policy).isCloseTo(inUseGpuMs(result), within(1.0));
    }
  }

  private static double inUseGpuMs(RunResult result) {
    ImmutableList<Timeline.Bucket> buckets = result.timeline();
    double gpuMs = 0;
    long endMs = result.jobs().stream().mapToLong(job -> job.endMs().orElseThrow()).max().orElse(0);
    for (int b = 0; b < buckets.size(); b++) {
      long toMs = b + 1 < buckets.size() ? buckets.get(b + 1).fromMs() : endMs;
      gpuMs += buckets.get(b).gpusInUse() * (double) (toMs - buckets.get(b).fromMs());
    }
    return gpuMs;
  }

  private static void assertAlike(RunResult elastic, RunResult fixed, String policy) {
    assertThat(elastic.jobs()).as(policy).isEqualTo(fixed.jobs());
    assertThat(elastic.segments()).as(policy).isEqualTo(fixed.segments());
  }

  @Seeded(runs = 10)
  void jobsHaveTheWidthOfTheTraceUnderPoliciesThatKnowNoOther(SplittableRandom random) {
    Workload workload = anyJobs(random);
    for (String policy : Policies.BY_NAME.keySet()) {
      if (!policy.startsWith("predicted")) {
        RunResult fixed = run(workload, 3, policy, COSTLY);
        RunResult elastic = run(workload, 3, policy, elastic(COSTLY, 1, 0.7));
        assertAlike(elastic, fixed, policy);
      }
    }
  }

  @Seeded(runs = 10)
  void aShareOfNoneIsAsIfNoJobWereElastic(SplittableRandom random) {
    Workload workload = SimJobs.random(random, 40, 8, 1);
    Conditions faulty =
        new Conditions(2_000, 3_000, 10_000, 20_000, 400_000, 60_000, 900_000, random.nextLong());
    for (String policy : ELASTIC_POLICIES) {
      RunResult fixed = run(workload, 2, policy, faulty);
      RunResult elastic = run(workload, 2, policy, elastic(faulty, 0, 0.7));
      assertAlike(elastic, fixed, policy);
    }
  }

  @Seeded(runs = 10)
  void elasticJobsOfASmallerShareAreElasticInALargerOne(SplittableRandom random) {
    double draw = random.nextDouble();
    Job job = job("A", 0, 1, 1 + random.nextInt(9));
    double less = random.nextDouble();
    double more = less + (1 - less) * random.nextDouble();
    if (new Elasticity(less, 0.5, 2, WidthScaling.ASSUMED).of(job, draw).isPresent()) {
      assertThat(new Elasticity(more, 0.5, 2, WidthScaling.ASSUMED).of(job, draw)).isPresent();
    }
    assertThat(Elasticity.NONE.of(job, draw)).isEmpty();
  }

  /** Jobs of one member are not elastic here, those of two have one to three; speed by width. */
  private static RunResult onFour(Job... jobs) {
    Conditions conditions =
        Conditions.IDEAL
            .withRestartMs(62_000)
            .withElasticity(new Elasticity(1, 0.5, 1.5, new WidthScaling(1)));
    return run(workload(jobs), 1, "predicted", conditions);
  }

  @Test
  void aloneAJobStartsAtItsMaximum() {
    assertThat(times(onFour(job("A", 0, 150, 2)))).isEqualTo("A 0-100");
    RunResult result =
        run(workload(job("A", 0, 1_000, 2)), 1, "predicted", elastic(Conditions.IDEAL, 1, 0.5));
    assertThat(times(result)).isEqualTo("A 0-707.107");
    assertThat(result.jobs().get(0).heldGpuMs()).isEqualTo(4 * 707_107);
  }

  /** Nobody yields in his first ten minutes. */
  @Test
  void surplusIsGivenBackSoThatAnotherStartsAndComesBackLater() {
    // 900 s of work until 600, 538 s on two GPUs from 662 to 1200, the rest on three from 1262.
    RunResult result = onFour(job("A", 0, 2_000, 2), job("B", 10, 500, 1, 2));
    assertThat(times(result)).isEqualTo("A 0-1636.667, B 600-1100");
    assertThat(result.jobs().get(0).resizes()).isEqualTo(2);
    assertThat(result.jobs().get(0).evictions()).isZero();
    assertThat(result.jobs().get(0).lostGpuMs()).isEqualTo(62_000 * (2 + 3));
  }

  /** B starts with the one GPU that A leaves, and may grow from 610 on, at the next minute. */
  @Test
  void aJobGrowsIntoWhatBecomesFree() {
    // 325 s of work until 660, and the rest on three GPUs from 722.
    assertThat(times(onFour(job("A", 0, 100, 1, 3), job("B", 10, 1_000, 2))))
        .isEqualTo("A 0-100, B 10-1172");
  }
}
