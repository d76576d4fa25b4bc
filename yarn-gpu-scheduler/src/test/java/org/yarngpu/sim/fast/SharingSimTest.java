package org.yarngpu.sim.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.SimJobs.checkpointed;
import static org.yarngpu.testing.SimJobs.job;
import static org.yarngpu.testing.SimJobs.times;
import static org.yarngpu.testing.SimJobs.workload;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.yarngpu.scale.ReplicaBounds;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.LoadSeries;
import org.yarngpu.sim.LoanRule;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Service;
import org.yarngpu.sim.ServiceConditions;
import org.yarngpu.sim.SharedRun;
import org.yarngpu.sim.Sharing;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.lend.Pools;
import org.yarngpu.testing.Seeded;

/** Jobs and services that share a cluster; loans keep their laws in every plan of these runs. */
class SharingSimTest {
  private static final long HOUR_S = 3_600;
  private static final int DAY_MINUTES = 1_440;

  /** Jobs own 4 GPUs, services 8, on nodes of 4. */
  private static final Pools POOLS = new Pools(3, 4, 8);

  private static final Conditions CONDITIONS = new Conditions(0, 0, 60_000, 600_000, 0, 0, 1, 0);

  /** A request a second and replica, one replica by night and six from 8 to 20 o'clock. */
  private static Service chat() {
    double[] load = new double[2 * DAY_MINUTES];
    for (int minute = 0; minute < load.length; minute++) {
      int hour = minute % DAY_MINUTES / 60;
      load[minute] = 8 <= hour && hour < 20 ? 5.4 : 0.5;
    }
    return service(new LoadSeries("chat", 60_000, ImmutableDoubleArray.copyOf(load)), 60_000);
  }

  private static Service service(LoadSeries load, long startDelayMs) {
    ServiceConditions conditions =
        new ServiceConditions(1, 1000, startDelayMs, new ReplicaBounds(1, 8));
    return new Service(
        "chat", "", 1, 1, 8, startDelayMs, Optional.of(new Service.Demand(load, conditions)));
  }

  private static SharedRun run(
      LoanRule rule, long reclaimDelayMs, Conditions conditions, Service service, Job... jobs) {
    Workload workload = workload(jobs).withServices(ImmutableList.of(service));
    return run(rule, reclaimDelayMs, conditions, workload);
  }

  /** Jobs whose id begins with "lent" may borrow. */
  private static SharedRun run(
      LoanRule rule, long reclaimDelayMs, Conditions conditions, Workload workload) {
    ImmutableSet<String> borrowers =
        workload.jobs().stream()
            .map(Job::id)
            .filter(id -> id.startsWith("lent"))
            .collect(ImmutableSet.toImmutableSet());
    Sharing sharing =
        new Sharing(
            "hpa-90", rule, ImmutableSortedSet.of("root.inference"), borrowers, reclaimDelayMs);
    return new FastHost(POOLS.inventory(), POOLS.queues(), conditions, GanttWindow.NONE)
        .run(POOLS.sorted(workload), sharing, Progress.NONE);
  }

  private static JobRecord record(SharedRun run, String id) {
    return run.run().jobs().stream()
        .filter(record -> record.job().id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void withoutLoansAJobWaitsForItsOwnQueue() {
    SharedRun run =
        run(LoanRule.NONE, 0, CONDITIONS, chat(), job("a", 0, 7200, 4), job("lent", 0, 3600, 4));
    assertThat(times(run.run())).isEqualTo("a 0-7200, lent 7200-10800");
    assertThat(run.recalls()).isZero();
    assertThat(run.lentGpuMs()).isZero();
  }

  @Test
  void withLoansItRunsOnGpusOfTheServiceAtOnce() {
    SharedRun run =
        run(LoanRule.IDLE, 0, CONDITIONS, chat(), job("a", 0, 7200, 4), job("lent", 0, 3600, 4));
    assertThat(times(run.run())).isEqualTo("a 0-7200, lent 0-3600");
    assertThat(run.lentGpuMs()).isEqualTo(4 * HOUR_S * 1000);
  }

  /**
   * Of 8 GPUs the night needs one. At 8:00:30 the service asks for three more, which are idle, at
   * 8:01 for two; the loan of four goes for these 180 s later.
   */
  @Test
  void theMorningCallsTheLoanBack() {
    long startS = 7 * HOUR_S;
    SharedRun run =
        run(
            LoanRule.IDLE,
            180_000,
            CONDITIONS,
            chat(),
            job("a", 0, 10 * HOUR_S, 4),
            job("lent", startS, 4 * HOUR_S, 4),
            job("last", 12 * HOUR_S, 1, 1));
    JobRecord lent = record(run, "lent");
    assertThat(run.recalls()).isEqualTo(1);
    assertThat(lent.evictions()).isEqualTo(1);
    assertThat(run.services().get(0).asksMs()).containsExactly(0L, 0L, 0L, 180_000L, 180_000L);
  }

  /** Told at 8:01, it saved its work at 8:00; the minute, its way out and the restart are lost. */
  @Test
  void whatABorrowerLosesIsWorkSinceItsCheckpointTheNoticeAndTheRestart() {
    SharedRun run =
        run(
            LoanRule.IDLE,
            180_000,
            CONDITIONS,
            chat(),
            job("a", 0, 30 * HOUR_S, 4),
            checkpointed(job("lent", 7 * HOUR_S, 2 * HOUR_S, 4), 600));
    JobRecord lent = record(run, "lent");
    long lostS = 60 + 180 + 60;
    assertThat(lent.lostGpuMs()).isEqualTo(4 * lostS * 1000);
    assertThat(run.lentGpuMs()).isEqualTo(4 * (2 * HOUR_S + lostS) * 1000);
  }

  /** Five minutes before the second morning, which is known: six of eight GPUs. */
  @Test
  void withAForecastNothingIsLentThatTheMorningWouldCallBackAtOnce() {
    Job[] jobs = {job("a", 0, 40 * HOUR_S, 4), job("lent", 31 * HOUR_S + 3300, 4 * HOUR_S, 4)};
    SharedRun idle = run(LoanRule.IDLE, 60_000, CONDITIONS, chat(), jobs);
    SharedRun forecast = run(LoanRule.FORECAST, 60_000, CONDITIONS, chat(), jobs);
    assertThat(record(idle, "lent").evictions()).isEqualTo(1);
    assertThat(record(forecast, "lent").evictions()).isZero();
    assertThat(record(forecast, "lent").startMs().orElseThrow())
        .as("not before the evening")
        .isGreaterThan((24 + 20) * HOUR_S * 1000);
  }

  @Test
  void whereNothingIsLentItIsTheRunThatItEverWas() {
    Service held = new Service("held", "", 1, 0, 3, 0, Optional.empty());
    Workload workload =
        POOLS.sorted(
            workload(job("a", 0, 900, 4), job("b", 10, 50, 2), job("lent", 20, 30, 1))
                .withServices(ImmutableList.of(held)));
    RunResult plain =
        new FastHost(POOLS.inventory(), POOLS.queues(), CONDITIONS, GanttWindow.NONE)
            .run(workload, "predicted", Progress.NONE);
    SharedRun shared = run(LoanRule.NONE, 60_000, CONDITIONS, workload);
    assertThat(shared.run().jobs()).isEqualTo(plain.jobs());
    assertThat(shared.run().usefulGpuMs()).isEqualTo(plain.usefulGpuMs());
    assertThat(shared.run().timeline()).isEqualTo(plain.timeline());
    assertThat(shared.services()).isEmpty();
  }

  @Seeded(runs = 10)
  void everyJobEndsAndEveryAskIsMetWhileLoansComeAndGo(SplittableRandom random) {
    double[] load = new double[DAY_MINUTES];
    for (int minute = 0; minute < load.length; minute++) {
      load[minute] = minute % 20 == 0 ? 7 * random.nextDouble() : load[Math.max(0, minute - 1)];
    }
    Service service =
        service(new LoadSeries("any", 60_000, ImmutableDoubleArray.copyOf(load)), 30_000);
    List<Job> jobs = new ArrayList<>();
    for (int j = 0; j < 30; j++) {
      String id = (random.nextBoolean() ? "lent-%02d" : "own-%02d").formatted(j);
      jobs.add(job(id, random.nextInt(40_000), 1 + random.nextInt(4_000), 1 + random.nextInt(4)));
    }
    Workload workload =
        new Workload("random", ImmutableList.copyOf(jobs)).withServices(ImmutableList.of(service));
    long delayMs = 1000L * random.nextInt(200);
    Conditions faulty = new Conditions(0, 1000, 60_000, 600_000, 40_000_000, 600_000, 1, 3);
    for (LoanRule rule : ImmutableList.of(LoanRule.NONE, LoanRule.IDLE)) {
      SharedRun run = run(rule, delayMs, CONDITIONS, workload);
      assertThat(run.run().jobs()).as("%s", rule).allMatch(JobRecord::finished);
      assertThat(run.services().get(0).asksMs())
          .as("%s, %s ms", rule, delayMs)
          .allMatch(askMs -> askMs <= delayMs);
      assertThat(run(rule, delayMs, CONDITIONS, workload).run().jobs()).isEqualTo(run.run().jobs());
      assertThat(run(rule, delayMs, faulty, workload).run().jobs())
          .as("%s, nodes fail", rule)
          .allMatch(JobRecord::finished);
    }
  }
}
