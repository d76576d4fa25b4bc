package org.yarngpu.sim.rm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.yarngpu.sim.rm.Jobs.TWO_QUEUES;
import static org.yarngpu.sim.rm.Jobs.endMs;
import static org.yarngpu.sim.rm.Jobs.job;
import static org.yarngpu.sim.rm.Jobs.record;
import static org.yarngpu.sim.rm.Jobs.run;
import static org.yarngpu.sim.rm.Jobs.startMs;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.ResourceScheduler;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.fair.FairScheduler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yarngpu.rm.GpuScheduler;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Segment;
import org.yarngpu.testing.Eventually;

/** Workloads of a few jobs whose every start and end is worked out by hand. */
class RealHostSimTest {
  private static final Inventory TWELVE_GPUS = Inventory.uniform(3, 4);

  @ParameterizedTest
  @ValueSource(classes = {CapacityScheduler.class, FairScheduler.class, GpuScheduler.class})
  void oneJobStartsWhenItIsSubmitted(Class<? extends ResourceScheduler> scheduler) {
    RunResult result =
        run(
            scheduler,
            TWELVE_GPUS,
            QueueTree.SINGLE,
            Conditions.IDEAL,
            job("j", 5_000, 60_000, 3, 4));
    JobRecord record = record(result, "j");
    assertThat(startMs(result, "j")).isEqualTo(5_000);
    assertThat(endMs(result, "j")).isEqualTo(65_000);
    assertThat(record.idleHeldGpuMs()).isZero();
    assertThat(record.lostGpuMs()).isZero();
    assertThat(result.segments())
        .containsExactlyInAnyOrder(
            new Segment("j", "node-00000", 4, 5_000, 65_000),
            new Segment("j", "node-00001", 4, 5_000, 65_000),
            new Segment("j", "node-00002", 4, 5_000, 65_000));
  }

  @ParameterizedTest
  @ValueSource(classes = {CapacityScheduler.class, GpuScheduler.class})
  void startingTakesTimeThatIsHeldIdle(Class<? extends ResourceScheduler> scheduler) {
    Conditions slow = new Conditions(20_000, 30_000, 0, 0, 0, 0, 900_000, 0);
    RunResult result =
        run(scheduler, TWELVE_GPUS, QueueTree.SINGLE, slow, job("j", 1_000, 60_000, 2, 3));
    assertThat(startMs(result, "j")).isEqualTo(51_000);
    assertThat(endMs(result, "j")).isEqualTo(111_000);
    assertThat(record(result, "j").idleHeldGpuMs()).isEqualTo(6 * 30_000);
  }

  @Test
  void underStockTwoGangsHoldAPartEachUntilTheyLetGo() {
    RunResult result =
        run(
            CapacityScheduler.class,
            TWELVE_GPUS,
            TWO_QUEUES,
            Conditions.IDEAL,
            job("a", "a", 0, 100_000, 8, 1),
            job("b", "b", 0, 100_000, 8, 1));
    long pauseA = RetryPause.ms(0, 0, 0);
    long pauseB = RetryPause.ms(0, 1, 0);
    String first = pauseA < pauseB ? "a" : "b";
    String second = pauseA < pauseB ? "b" : "a";
    long firstStartMs = 900_000 + Math.min(pauseA, pauseB);
    long secondAskMs = 900_000 + Math.max(pauseA, pauseB);
    assertThat(startMs(result, first)).isEqualTo(firstStartMs);
    assertThat(endMs(result, first)).isEqualTo(firstStartMs + 100_000);
    assertThat(startMs(result, second)).isEqualTo(firstStartMs + 100_000);
    assertThat(endMs(result, second)).isEqualTo(firstStartMs + 200_000);
    assertThat(record(result, first).idleHeldGpuMs()).isEqualTo(6 * 900_000);
    assertThat(record(result, second).idleHeldGpuMs())
        .isEqualTo(6 * 900_000 + 4 * (firstStartMs + 100_000 - secondAskMs));
  }

  @Test
  void underGpuSchedulerTwoGangsGoOneAfterTheOther() {
    RunResult result =
        run(
            GpuScheduler.class,
            TWELVE_GPUS,
            TWO_QUEUES,
            Conditions.IDEAL,
            job("a", "a", 0, 100_000, 8, 1),
            job("b", "b", 0, 100_000, 8, 1));
    assertThat(startMs(result, "a")).isZero();
    assertThat(endMs(result, "a")).isEqualTo(100_000);
    assertThat(startMs(result, "b")).isEqualTo(100_000);
    assertThat(endMs(result, "b")).isEqualTo(200_000);
    assertThat(record(result, "a").idleHeldGpuMs()).isZero();
    assertThat(record(result, "b").idleHeldGpuMs()).isZero();
  }

  @Test
  void fairSchedulerServesTwoQueuesInTurn() {
    RunResult result =
        run(
            FairScheduler.class,
            Inventory.uniform(1, 2),
            TWO_QUEUES,
            Conditions.IDEAL,
            job("a1", "a", 0, 10_000, 1, 1),
            job("a2", "a", 0, 10_000, 1, 1),
            job("a3", "a", 0, 10_000, 1, 1),
            job("b1", "b", 0, 10_000, 1, 1),
            job("b2", "b", 0, 10_000, 1, 1),
            job("b3", "b", 0, 10_000, 1, 1));
    for (int round = 0; round < 3; round++) {
      assertThat(startMs(result, "a" + (round + 1))).isEqualTo(10_000L * round);
      assertThat(startMs(result, "b" + (round + 1))).isEqualTo(10_000L * round);
    }
  }

  @Test
  void capacitySchedulerServesOneQueueInOrderOfSubmission() {
    RunResult result =
        run(
            CapacityScheduler.class,
            Inventory.uniform(1, 2),
            QueueTree.SINGLE,
            Conditions.IDEAL,
            job("1", 0, 10_000, 1, 2),
            job("2", 1, 20_000, 1, 1),
            job("3", 2, 30_000, 1, 1),
            job("4", 3, 40_000, 1, 1));
    assertThat(startMs(result, "1")).isZero();
    assertThat(startMs(result, "2")).isEqualTo(10_000);
    assertThat(startMs(result, "3")).isEqualTo(10_000);
    assertThat(startMs(result, "4")).isEqualTo(30_000);
    assertThat(endMs(result, "4")).isEqualTo(70_000);
  }

  /**
   * One node, so that every failure is the job's. It computes from {@code s}; lost at {@code f}, it
   * keeps what it had saved, is back at {@code f} + repair, and pays for the restart.
   */
  @ParameterizedTest
  @ValueSource(classes = {CapacityScheduler.class, GpuScheduler.class})
  void aLostNodeCostsTheWorkSinceTheCheckpointAndARestart(
      Class<? extends ResourceScheduler> scheduler) {
    long meanUpMs = 1_000_000;
    Conditions failing = new Conditions(0, 0, 5_000, 60_000, meanUpMs, 100_000, 900_000, 4);
    SplittableRandom random = new SplittableRandom(4);
    long upMs = (long) Math.ceil(-Math.log(1 - random.nextDouble()) * meanUpMs);
    long againUpMs = (long) Math.ceil(-Math.log(1 - random.nextDouble()) * meanUpMs);
    long runMs = upMs + 50_000;
    long keptMs = upMs / 60_000 * 60_000;
    long backMs = upMs + 100_000;
    long endMs = backMs + 5_000 + runMs - keptMs;
    assertThat(endMs).as("the second failure comes after the end").isLessThan(backMs + againUpMs);

    RunResult result =
        run(
            scheduler,
            Inventory.uniform(1, 4),
            QueueTree.SINGLE,
            failing,
            job("j", 0, runMs, 2, 2));
    JobRecord record = record(result, "j");
    assertThat(startMs(result, "j")).isZero();
    assertThat(endMs(result, "j")).isEqualTo(endMs);
    assertThat(record.failures()).isEqualTo(1);
    assertThat(record.lostGpuMs()).isEqualTo(4 * (upMs - keptMs + 5_000));
    assertThat(record.idleHeldGpuMs()).isZero();
  }

  /** Nodes fail all the time, gangs lose members, masters and their patience: the books hold. */
  @ParameterizedTest
  @ValueSource(classes = {CapacityScheduler.class, FairScheduler.class, GpuScheduler.class})
  void failuresNeitherLoseAJobNorAGpuAndRunsRepeat(Class<? extends ResourceScheduler> scheduler) {
    Conditions rough =
        new Conditions(3_000, 2_000, 5_000, 60_000, 6_000_000, 200_000, 300_000, 4711);
    Job[] jobs = anyJobs(new SplittableRandom(4711), 40);
    RunResult once = run(scheduler, Inventory.uniform(6, 4), TWO_QUEUES, rough, jobs);
    RunResult twice = run(scheduler, Inventory.uniform(6, 4), TWO_QUEUES, rough, jobs);
    assertThat(once.jobs().stream().filter(JobRecord::finished)).hasSize(40);
    assertThat(once.jobs().stream().mapToInt(JobRecord::failures).sum()).isPositive();
    assertThat(twice.jobs()).isEqualTo(once.jobs());
    assertThat(twice.segments()).isEqualTo(once.segments());
    assertThat(twice.events()).isEqualTo(once.events());
  }

  @ParameterizedTest
  @ValueSource(classes = {CapacityScheduler.class, FairScheduler.class, GpuScheduler.class})
  void whatCanNeverRunDoesNotKeepTheRunGoing(Class<? extends ResourceScheduler> scheduler) {
    RunResult result =
        run(
            scheduler,
            TWELVE_GPUS,
            QueueTree.SINGLE,
            Conditions.IDEAL,
            job("gang too large", 0, 1_000, 13, 1),
            job("member too large", 0, 1_000, 1, 5),
            job("fits", 7_200_000, 1_000, 1, 1));
    assertThat(record(result, "gang too large").startMs()).isEmpty();
    assertThat(record(result, "member too large").startMs()).isEmpty();
    assertThat(record(result, "fits").finished()).isTrue();
  }

  /** Fairness among twelve gangs of two on two GPUs: each gets one, in turn, for ever. */
  @Test
  void gangsThatOnlyHoldPartsInTurnEndTheRunAlthoughOneJobComputes() {
    long longMs = 400 * 86_400_000L;
    Job[] jobs = new Job[13];
    jobs[0] = job("long", 0, longMs, 1, 1);
    for (int j = 1; j < jobs.length; j++) {
      jobs[j] = job("gang" + j, 1_000, 60_000, 2, 1);
    }
    StopReason stop = new StopReason();
    RunResult result =
        new RealHost(
                Inventory.uniform(1, 3),
                RealQueues.of(QueueTree.SINGLE),
                Conditions.IDEAL,
                GanttWindow.NONE)
            .run(Jobs.workload(jobs), FairScheduler.class.getName(), ImmutableMap.of(), stop);
    assertThat(result.jobs().stream().filter(JobRecord::finished)).isEmpty();
    assertThat(startMs(result, "long")).isZero();
    assertThat(stop.why)
        .isEqualTo(
            "no gang has become whole since day 0.0, and application masters have let go of a part of theirs 10000 times since");
  }

  /** An operator's file is used as it is: here it lets a queue have no more than half. */
  @Test
  void aFileOfQueuesIsUsedAsItIs(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("capacity-scheduler.xml"),
            """
            <configuration>
            <property><name>yarn.scheduler.capacity.resource-calculator</name>
            <value>org.apache.hadoop.yarn.util.resource.DominantResourceCalculator</value></property>
            <property><name>yarn.scheduler.capacity.root.queues</name><value>a,b</value></property>
            <property><name>yarn.scheduler.capacity.root.a.capacity</name><value>50</value></property>
            <property><name>yarn.scheduler.capacity.root.a.maximum-capacity</name><value>50</value>
            </property>
            <property><name>yarn.scheduler.capacity.root.b.capacity</name><value>50</value></property>
            </configuration>
            """);
    RunResult result =
        new RealHost(TWELVE_GPUS, RealQueues.ofFile(file), Conditions.IDEAL, GanttWindow.NONE)
            .run(
                Jobs.workload(
                    job("1", "a", 0, 10_000, 1, 4),
                    job("2", "a", 0, 10_000, 1, 2),
                    job("3", "a", 0, 10_000, 1, 2)),
                CapacityScheduler.class.getName(),
                ImmutableMap.of(),
                Progress.NONE,
                RealRun::checkInvariants);
    assertThat(startMs(result, "1")).isZero();
    assertThat(startMs(result, "2")).isZero();
    assertThat(startMs(result, "3")).isEqualTo(10_000);
  }

  @Test
  void aJobWhoseQueueIsNotThereIsRefused() {
    assertThatThrownBy(
            () ->
                run(
                    CapacityScheduler.class,
                    TWELVE_GPUS,
                    TWO_QUEUES,
                    Conditions.IDEAL,
                    job("j", "c", 0, 1, 1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("job j is in queue \"c\", which is no leaf of the queues");
  }

  @Test
  void nothingOfARunKeepsTheProcessAlive() {
    ImmutableList<Thread> before = threads();
    run(
        GpuScheduler.class,
        TWELVE_GPUS,
        QueueTree.SINGLE,
        Conditions.IDEAL,
        job("j", 0, 1_000, 1, 1));
    run(
        FairScheduler.class,
        TWELVE_GPUS,
        QueueTree.SINGLE,
        Conditions.IDEAL,
        job("j", 0, 1_000, 1, 1));
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "only the threads of before run, but " + threads(),
        () -> before.containsAll(threads()));
  }

  private static final class StopReason implements Progress {
    private String why = "";

    @Override
    public void at(int finished, int jobs, long nowMs) {}

    @Override
    public void stopped(String reason) {
      why = reason;
    }
  }

  private static Job[] anyJobs(SplittableRandom random, int count) {
    Job[] jobs = new Job[count];
    for (int j = 0; j < count; j++) {
      jobs[j] =
          job(
              "j%02d".formatted(j),
              j % 2 == 0 ? "a" : "b",
              random.nextLong(3_600_000),
              random.nextLong(1, 600_000),
              random.nextInt(1, 4),
              random.nextInt(1, 4));
    }
    return jobs;
  }

  private static ImmutableList<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !thread.isDaemon() && thread.isAlive())
        .collect(ImmutableList.toImmutableList());
  }
}
