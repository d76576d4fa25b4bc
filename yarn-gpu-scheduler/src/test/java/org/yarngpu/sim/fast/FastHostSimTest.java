package org.yarngpu.sim.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.yarngpu.testing.SimJobs.job;
import static org.yarngpu.testing.SimJobs.owned;
import static org.yarngpu.testing.SimJobs.times;
import static org.yarngpu.testing.SimJobs.workload;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.NodeSpec;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.policy.Policies;
import org.yarngpu.testing.Seeded;
import org.yarngpu.testing.SimJobs;

/** Laws of the host under every policy; the run itself checks its invariants after every event. */
class FastHostSimTest {
  private static final Conditions FAULTY =
      new Conditions(2_000, 3_000, 10_000, 20_000, 400_000, 60_000, 900_000, 7);

  private static RunResult run(
      Workload workload, int nodes, int gpus, String policy, Conditions conditions) {
    return new FastHost(
            Inventory.uniform(nodes, gpus), QueueTree.SINGLE, conditions, GanttWindow.hour(0))
        .run(workload, policy, Progress.NONE);
  }

  @Seeded(runs = 60)
  void everyJobEndsExactlyOnceUnderEveryPolicyThoughNodesFail(SplittableRandom random) {
    Workload workload = SimJobs.random(random, 40, 8, 1);
    for (String policy : Policies.BY_NAME.keySet()) {
      RunResult result = run(workload, 3, 4, policy, FAULTY.withSeed(random.nextLong()));
      assertThat(result.jobs()).as(policy).hasSameSizeAs(workload.jobs());
      for (JobRecord job : result.jobs()) {
        assertThat(job.finished()).as("%s: %s", policy, job).isTrue();
        assertThat(job.jctMs()).as("%s: %s", policy, job).isGreaterThanOrEqualTo(job.job().runMs());
        long held = job.jctMs() - job.firstStartDelayMs();
        assertThat(job.lostGpuMs()).as(policy).isLessThanOrEqualTo(held * job.job().gpus());
      }
    }
  }

  @Seeded(runs = 20)
  void equalInputGivesEqualOutputHoweverItIsShuffled(SplittableRandom random) {
    Workload workload = SimJobs.random(random, 60, 8, 1);
    List<Job> shuffled = new ArrayList<>(workload.jobs());
    Collections.shuffle(shuffled, new Random(random.nextLong()));
    Workload other = new Workload(workload.name(), ImmutableList.copyOf(shuffled));
    for (String policy : Policies.BY_NAME.keySet()) {
      RunResult one = run(workload, 3, 4, policy, FAULTY);
      RunResult two = run(other, 3, 4, policy, FAULTY);
      assertThat(two.jobs()).as(policy).isEqualTo(one.jobs());
      assertThat(two.segments()).as(policy).isEqualTo(one.segments());
      assertThat(two.timeline()).as(policy).isEqualTo(one.timeline());
    }
  }

  @Seeded(runs = 100)
  void strictFifoOfWholeNodeGangsNeverStartsLaterWithMoreNodes(SplittableRandom random) {
    Workload workload = SimJobs.random(random, 30, 4, 8);
    RunResult few = run(workload, 4, 8, "fifo", Conditions.IDEAL);
    RunResult more = run(workload, 5, 8, "fifo", Conditions.IDEAL);
    for (int j = 0; j < few.jobs().size(); j++) {
      assertThat(more.jobs().get(j).startMs().orElseThrow())
          .isLessThanOrEqualTo(few.jobs().get(j).startMs().orElseThrow());
    }
  }

  /** Schrage, "A proof of the optimality of the shortest remaining processing time", 1968. */
  @Seeded(runs = 100)
  void srtfWithoutCostIsOptimalOnOneGpu(SplittableRandom random) {
    Workload workload = SimJobs.random(random, 25, 1, 1);
    RunResult srtf = run(workload, 1, 1, "srtf-oracle", Conditions.IDEAL);
    for (String policy : Policies.BY_NAME.keySet()) {
      assertThat(totalJctMs(srtf))
          .as(policy)
          .isLessThanOrEqualTo(totalJctMs(run(workload, 1, 1, policy, Conditions.IDEAL)));
    }
    assertThat(totalJctMs(srtf)).isEqualTo(shortestRemainingFirst(workload));
  }

  private static long totalJctMs(RunResult result) {
    return result.jobs().stream().mapToLong(JobRecord::jctMs).sum();
  }

  /** Second by second, written without the host. */
  private static long shortestRemainingFirst(Workload workload) {
    long[] leftS = workload.jobs().stream().mapToLong(job -> job.runMs() / 1000).toArray();
    long totalMs = 0;
    int done = 0;
    for (long second = 0; done < leftS.length; second++) {
      int shortest = -1;
      for (int j = 0; j < leftS.length; j++) {
        boolean here = workload.jobs().get(j).submitMs() <= second * 1000 && leftS[j] > 0;
        if (here && (shortest < 0 || leftS[j] < leftS[shortest])) {
          shortest = j;
        }
      }
      if (shortest >= 0 && --leftS[shortest] == 0) {
        totalMs += (second + 1) * 1000 - workload.jobs().get(shortest).submitMs();
        done++;
      }
    }
    return totalMs;
  }

  /** GPUs are all alike on nodes of one, so what a reservation needs is a number only. */
  @Seeded(runs = 200)
  void easyWithPerfectTimesNeverDelaysTheFirstInLine(SplittableRandom random) {
    int gpus = 8;
    RunResult result =
        run(SimJobs.random(random, 40, gpus, 1), gpus, 1, "easy-perfect", Conditions.IDEAL);
    long headSinceMs = 0;
    for (int j = 0; j < result.jobs().size(); j++) {
      JobRecord head = result.jobs().get(j);
      headSinceMs = Math.max(headSinceMs, head.job().submitMs());
      assertThat(head.startMs().orElseThrow())
          .as("job %s, first in line since %s", head.job().id(), headSinceMs)
          .isLessThanOrEqualTo(promise(result, j, headSinceMs, gpus));
      headSinceMs = Math.max(headSinceMs, head.startMs().orElseThrow());
    }
  }

  /** When enough GPUs are free if only what runs when the job becomes the first still runs. */
  private static long promise(RunResult result, int head, long headSinceMs, int gpus) {
    List<JobRecord> running = new ArrayList<>();
    int free = gpus;
    for (int j = 0; j < result.jobs().size(); j++) {
      JobRecord job = result.jobs().get(j);
      long startMs = job.startMs().orElseThrow();
      boolean before = j < head ? startMs <= headSinceMs : startMs < headSinceMs;
      if (j != head && before && job.endMs().orElseThrow() > headSinceMs) {
        running.add(job);
        free -= job.job().gpus();
      }
    }
    running.sort(Comparator.comparingLong(job -> job.endMs().orElseThrow()));
    long atMs = headSinceMs;
    for (JobRecord job : running) {
      if (free >= result.jobs().get(head).job().gpus()) {
        break;
      }
      free += job.job().gpus();
      atMs = job.endMs().orElseThrow();
    }
    return atMs;
  }

  @Test
  void aNodeThatIsLostCostsItsGangsAnAttempt() {
    Conditions oneFailure = new Conditions(0, 0, 10_000, 30_000, 300_000, 60_000, 900_000, 1);
    RunResult result = run(workload(job("A", 0, 1_000, 4)), 1, 4, "priority", oneFailure);
    JobRecord job = result.jobs().get(0);
    assertThat(job.failures()).isPositive();
    assertThat(job.evictions()).isZero();
    // Each failure costs the repair, the restart and less than a checkpoint interval of work.
    assertThat(job.waitMs())
        .isBetween(job.failures() * 70_000L, job.failures() * (60_000L + 10_000 + 30_000 + 10_000));
  }

  @Test
  void slowGpusTakeLongerAndModelsAreKeptApart() {
    Inventory mixed =
        new Inventory(
            ImmutableList.of(
                new NodeSpec("n1", "/r", "v100", 1, 4), new NodeSpec("n2", "/r", "k80", 0.5, 4)));
    Workload workload =
        workload(
            owned(job("A", 0, 100, 4), "", "", "", "k80"),
            owned(job("B", 0, 100, 4), "", "", "", "v100"),
            job("C", 0, 100, 1));
    for (String policy : Policies.BY_NAME.keySet()) {
      RunResult result =
          new FastHost(mixed, QueueTree.SINGLE, Conditions.IDEAL, GanttWindow.NONE)
              .run(workload, policy, Progress.NONE);
      assertThat(result.jobs().get(0).jctMs()).as(policy).isEqualTo(200_000);
      assertThat(result.jobs().stream().allMatch(JobRecord::finished)).as(policy).isTrue();
    }
  }

  @Test
  void queuesShareAndAMaximumHolds() {
    QueueTree queues =
        new QueueTree(
            ImmutableList.of(
                new QueueTree.Node("root", "", false, 1, 1, 0),
                new QueueTree.Node("root.a", "root", true, 0.5, 0.5, 0),
                new QueueTree.Node("root.b", "root", true, 0.5, 1, 0)));
    Workload workload =
        workload(
            owned(job("A", 0, 100, 2), "", "", "a", ""),
            owned(job("B", 0, 100, 2), "", "", "a", ""),
            owned(job("C", 0, 100, 1), "", "", "b", ""));
    RunResult result =
        new FastHost(Inventory.uniform(1, 4), queues, Conditions.IDEAL, GanttWindow.NONE)
            .run(workload, "priority", Progress.NONE);
    assertThat(times(result)).isEqualTo("A 0-100, B 100-200, C 0-100");
    assertThatThrownBy(
            () ->
                new FastHost(Inventory.uniform(1, 4), queues, Conditions.IDEAL, GanttWindow.NONE)
                    .run(workload(job("X", 0, 1, 1)), "priority", Progress.NONE))
        .hasMessageContaining("job X")
        .hasMessageContaining("no leaf");
  }

  @Test
  void servicesHoldTheirGpusAllTheTime() {
    Service service = new Service("chat", "", 1, 0, 3, 0, Optional.empty());
    Workload workload =
        workload(job("A", 0, 100, 1), job("B", 0, 100, 1)).withServices(ImmutableList.of(service));
    for (String policy : ImmutableList.of("fifo", "priority", "predicted")) {
      assertThat(times(run(workload, 1, 4, policy, Conditions.IDEAL)))
          .as(policy)
          .isEqualTo("A 0-100, B 100-200");
    }
    assertThatThrownBy(() -> run(workload, 1, 2, "fifo", Conditions.IDEAL))
        .hasMessageContaining("service chat needs 3 x 1 GPUs");
  }

  @Test
  void aJobThatNeverFitsEndsTheRunUnfinished() {
    for (String policy : Policies.BY_NAME.keySet()) {
      RunResult result =
          run(workload(job("A", 0, 10, 1), job("B", 5, 10, 5)), 1, 4, policy, Conditions.IDEAL);
      assertThat(result.jobs().get(0).finished()).as(policy).isTrue();
      assertThat(result.jobs().get(1).finished()).as(policy).isFalse();
    }
  }

  @Test
  void aJobOfNoTimeEndsWhenItStarts() {
    for (String policy : Policies.BY_NAME.keySet()) {
      RunResult result = run(workload(job("A", 60, 0, 4)), 1, 4, policy, Conditions.IDEAL);
      assertThat(times(result)).as(policy).isEqualTo("A 60-60");
    }
  }
}
