package org.yarngpu.sim.fast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.SimJobs.checkpointed;
import static org.yarngpu.testing.SimJobs.estimated;
import static org.yarngpu.testing.SimJobs.job;
import static org.yarngpu.testing.SimJobs.owned;
import static org.yarngpu.testing.SimJobs.times;
import static org.yarngpu.testing.SimJobs.workload;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.InventorySpec;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;

/** Workloads small enough to work out by hand, on one node of four GPUs unless said otherwise. */
class PolicySimTest {
  private static final Conditions COST_62_S = Conditions.IDEAL.withRestartMs(62_000);

  /** B is wide and comes second; C is short, D is long and narrow. */
  private static final Workload WIDE_SECOND =
      workload(
          job("A", 0, 100, 2), job("B", 10, 100, 4), job("C", 20, 50, 2), job("D", 30, 200, 1));

  private static RunResult run(Workload workload, String policy, Conditions conditions) {
    return new FastHost(Inventory.uniform(1, 4), QueueTree.SINGLE, conditions, GanttWindow.hour(0))
        .run(workload, policy, Progress.NONE);
  }

  private static String run(String policy) {
    return times(run(WIDE_SECOND, policy, Conditions.IDEAL));
  }

  private static JobRecord record(RunResult result, String id) {
    return result.jobs().stream()
        .filter(job -> job.job().id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  /** A has the a100s until 100; B comes at 10 and takes twice as long on the v100s. */
  private static String onTwoModels(String policy, int seconds) {
    Workload workload =
        workload(
            owned(job("A", 0, 100, 2), "", "", "", "a100"),
            owned(job("B", 10, seconds, 2), "", "", "", "a100+v100"));
    return times(
        new FastHost(
                InventorySpec.parse("a100:1x2,v100:1x2:0.5", 1).orElseThrow(),
                QueueTree.SINGLE,
                Conditions.IDEAL,
                GanttWindow.NONE)
            .run(workload, policy, Progress.NONE));
  }

  @Test
  void aJobWaitsForTheFasterModelIfItIsDoneSoonerThere() {
    assertThat(onTwoModels("predicted-perfect", 89)).isEqualTo("A 0-100, B 10-188");
    assertThat(onTwoModels("predicted-perfect", 90)).isEqualTo("A 0-100, B 100-190");
    assertThat(onTwoModels("predicted-perfect", 100)).isEqualTo("A 0-100, B 100-200");
  }

  @Test
  void whoDoesNotForecastTakesTheFirstModelThatIsFree() {
    for (String policy : new String[] {"fifo", "capacity", "easy", "priority"}) {
      assertThat(onTwoModels(policy, 100)).as(policy).isEqualTo("A 0-100, B 10-210");
    }
  }

  @Test
  void fifoLetsNobodyOvertake() {
    assertThat(run("fifo")).isEqualTo("A 0-100, B 100-200, C 200-250, D 200-400");
  }

  @Test
  void capacityPassesOverTheWideGangAsLongAsNarrowOnesCome() {
    assertThat(run("capacity")).isEqualTo("A 0-100, B 270-370, C 20-70, D 70-270");
  }

  @Test
  void theProductHoldsFreedGpusForTheWideGang() {
    assertThat(run("priority")).isEqualTo("A 0-100, B 100-200, C 200-250, D 200-400");
  }

  @Test
  void theProductLetsOthersUseWhatItsReservationDoesNotHold() {
    Workload workload = workload(job("A", 0, 100, 3), job("B", 10, 100, 2), job("C", 20, 500, 1));
    // B needs two: the free GPU and one of A's. C may not take the free one.
    assertThat(times(run(workload, "priority", Conditions.IDEAL)))
        .isEqualTo("A 0-100, B 100-200, C 100-600");
    Workload two = workload(job("A", 0, 100, 2, 2), job("B", 10, 100, 1, 4), job("C", 20, 500, 1));
    RunResult result =
        new FastHost(Inventory.uniform(2, 4), QueueTree.SINGLE, Conditions.IDEAL, GanttWindow.NONE)
            .run(two, "priority", Progress.NONE);
    // A and B have a node each; nothing is reserved.
    assertThat(times(result)).isEqualTo("A 0-100, B 10-110, C 100-600");
  }

  @Test
  void easyBackfillsWhatEndsBeforeTheReservation() {
    assertThat(run("easy-perfect")).isEqualTo("A 0-100, B 100-200, C 20-70, D 200-400");
  }

  @Test
  void easyBelievesTheUsers() {
    Workload estimates =
        workload(
            estimated(job("A", 0, 100, 2), 300),
            estimated(job("B", 10, 100, 4), 100),
            estimated(job("C", 20, 50, 2), 250),
            estimated(job("D", 30, 200, 1), 500));
    // A is believed to run until 300, so C (until 270) starts at 20. At 70, D is believed to run
    // until 570 and waits. A ends early at 100, and B starts.
    assertThat(times(run(estimates, "easy", Conditions.IDEAL)))
        .isEqualTo("A 0-100, B 100-200, C 20-70, D 200-400");
    Workload lies =
        workload(
            estimated(job("A", 0, 100, 2), 100),
            estimated(job("B", 10, 100, 4), 100),
            estimated(job("C", 20, 50, 2), 250));
    // B is promised 100; C is believed to end at 270.
    assertThat(times(run(lies, "easy", Conditions.IDEAL)))
        .isEqualTo("A 0-100, B 100-200, C 200-250");
  }

  @Test
  void easyPredictsFromTheSameUsersLastTwoRuns() {
    Workload workload =
        workload(
            owned(job("A", 0, 10, 1), "ann", "", "", ""),
            owned(job("B", 0, 30, 1), "ann", "", "", ""),
            owned(job("C", 40, 100, 3), "bob", "", "", ""),
            owned(job("D", 50, 20, 4), "bob", "", "", ""),
            owned(job("E", 60, 20, 1), "ann", "", "", ""));
    // All are believed to run 20 s on average. C has run 10 s at 50, so D is promised 60; at 60 C
    // has outlived its guess and is believed to need a minute more, so E, believed to run 20 s,
    // backfills the free GPU.
    assertThat(times(run(workload, "easy-predicted", Conditions.IDEAL)))
        .isEqualTo("A 0-10, B 0-30, C 40-140, D 140-160, E 60-80");
  }

  @Test
  void easyForecastsFromRunsWithTheSameNameAndLetsOnlySureOnesOvertake() {
    Job a = owned(job("A", 0, 10, 1), "ann", "short", "", "");
    Job b = owned(job("B", 0, 10, 1), "ann", "short", "", "");
    Job c = owned(job("C", 40, 100, 3), "bob", "x", "", "");
    Job d = owned(job("D", 50, 20, 4), "bob", "y", "", "");
    Job sure = owned(job("E", 60, 10, 1), "ann", "short", "", "");
    Job unsure = owned(job("E", 60, 10, 1), "ann", "other", "", "");
    // C has outlived the 10 s of all jobs and is believed to need 30 s more. Two runs of 10 s under
    // the same name say that E needs at most 14 s, the user's other runs that it may need 53 s.
    assertThat(times(run(workload(a, b, c, d, sure), "easy-forecast", Conditions.IDEAL)))
        .isEqualTo("A 0-10, B 0-10, C 40-140, D 140-160, E 60-70");
    assertThat(times(run(workload(a, b, c, d, unsure), "easy-forecast", Conditions.IDEAL)))
        .isEqualTo("A 0-10, B 0-10, C 40-140, D 140-160, E 160-170");
  }

  @Test
  void theSmallestJobGoesFirstAndNobodyOvertakesIt() {
    // GPU-seconds: A 200, B 400, C 100, D 200.
    assertThat(run("sjf-oracle")).isEqualTo("A 0-100, B 270-370, C 20-70, D 70-270");
  }

  @Test
  void qssfPredictsByNameThenUserThenEverybody() {
    Workload workload =
        workload(
            owned(job("A", 0, 10, 4), "ann", "short", "", ""),
            owned(job("B", 0, 100, 4), "ann", "longer run", "", ""),
            owned(job("C", 105, 50, 4), "bob", "other", "", ""),
            owned(job("D", 120, 100, 4), "ann", "longer run 2", "", ""),
            owned(job("E", 130, 10, 4), "bob", "another", "", ""),
            owned(job("F", 140, 10, 4), "ann", "short", "", ""));
    // While C runs, D is predicted 100 s by a similar name, E 55 s as everybody's mean, F 10 s.
    assertThat(times(run(workload, "qssf", Conditions.IDEAL)))
        .isEqualTo("A 0-10, B 10-110, C 110-160, D 180-280, E 170-180, F 160-170");
  }

  @Test
  void theProductWithForecastsServesTheSmallestFirst() {
    assertThat(run("predicted-perfect")).isEqualTo("A 0-100, B 270-370, C 20-70, D 70-270");
  }

  @Test
  void theProductWithForecastsLetsNobodyDelayAReservation() {
    // GPU-seconds: B 120, C 400, D 30. B comes first and is reserved for 100; C would delay it, D
    // would not.
    Workload workload =
        workload(
            job("A", 0, 100, 2), job("B", 10, 30, 4), job("C", 20, 200, 2), job("D", 20, 30, 1));
    assertThat(times(run(workload, "predicted-perfect", Conditions.IDEAL)))
        .isEqualTo("A 0-100, B 100-130, C 130-330, D 20-50");
  }

  @Test
  void theProductWithForecastsEvictsEachMinuteWhatHasMuchMoreLeft() {
    Workload workload = workload(job("X", 0, 10_000, 4), job("Y", 700, 60, 4));
    RunResult result = run(workload, "predicted-perfect", COST_62_S);
    assertThat(times(result)).isEqualTo("X 0-10122, Y 720-780");
    assertThat(record(result, "X").evictions()).isEqualTo(1);
  }

  @Test
  void nobodyIsEvictedInTheFirstTenMinutes() {
    Workload workload = workload(job("X", 0, 10_000, 4), job("Y", 30, 60, 4));
    assertThat(times(run(workload, "predicted-perfect", COST_62_S)))
        .isEqualTo("X 0-10122, Y 600-660");
  }

  /** A third of A's runs end after 10 s, the others after 1000 s; all of B's after 150 s. */
  private static Workload oneOfThreeEndsEarly() {
    List<Job> jobs = new ArrayList<>();
    for (int run = 0; run < 15; run++) {
      jobs.add(owned(job("a" + run, 2000L * run, run % 3 == 2 ? 10 : 1000, 4), "ann", "a", "", ""));
      jobs.add(owned(job("b" + run, 2000L * run + 1200, 150, 4), "bob", "b", "", ""));
    }
    jobs.add(owned(job("holder", 40_000, 100, 4), "eve", "h", "", ""));
    jobs.add(owned(job("A", 40_010, 1000, 4), "ann", "a", "", ""));
    jobs.add(owned(job("B", 40_010, 150, 4), "bob", "b", "", ""));
    return workload(jobs.toArray(new Job[0]));
  }

  @Test
  void whoMayEndEarlyGoesFirstWhereItCanBeEvictedForLittle() {
    RunResult cheap = run(oneOfThreeEndsEarly(), "predicted", COST_62_S);
    assertThat(record(cheap, "A").startMs()).hasValue(40_100_000);
    RunResult dear =
        run(oneOfThreeEndsEarly(), "predicted", Conditions.IDEAL.withRestartMs(1_200_000));
    assertThat(record(dear, "B").startMs()).hasValue(40_100_000);
    RunResult never = run(oneOfThreeEndsEarly(), "predicted-still", COST_62_S);
    assertThat(record(never, "B").startMs()).hasValue(40_100_000);
  }

  @Test
  void srtfDecidesAfterEveryChange() {
    // At 30, GPU-seconds left: A 140, B 400, C 80, D 200. A and C fill the node.
    assertThat(run("srtf-oracle")).isEqualTo("A 0-100, B 270-370, C 20-70, D 70-270");
  }

  @Test
  void anEvictionCostsItsRestart() {
    Workload workload = workload(job("X", 0, 600, 4), job("Y", 30, 60, 2));
    RunResult result = run(workload, "srtf-oracle", COST_62_S);
    // X loses its GPUs at 30 with 570 s to go, comes back at 90 and computes from 152 on.
    assertThat(times(result)).isEqualTo("X 0-722, Y 30-90");
    assertThat(record(result, "X").evictions()).isEqualTo(1);
    assertThat(record(result, "X").lostGpuMs()).isEqualTo(62_000 * 4);
    assertThat(record(result, "X").waitMs()).isEqualTo(122_000);
  }

  @Test
  void workSinceTheLastCheckpointIsLost() {
    Workload workload = workload(checkpointed(job("X", 0, 600, 4), 20), job("Y", 30, 60, 2));
    RunResult result = run(workload, "srtf-oracle", COST_62_S);
    assertThat(times(result)).isEqualTo("X 0-732, Y 30-90");
    assertThat(record(result, "X").lostGpuMs()).isEqualTo((10_000 + 62_000) * 4);
  }

  @Test
  void tiresiasDemotesAfter18000GpuSeconds() {
    Workload workload = workload(job("X", 0, 10_000, 4), job("Y", 60, 100, 4));
    // X passes 18,000 GPU-seconds after 4,500 s, which the decision at 4,560 sees.
    assertThat(times(run(workload, "tiresias", COST_62_S))).isEqualTo("X 0-10182, Y 4560-4660");
  }

  @Test
  void lasAlternates() {
    Workload workload = workload(job("X", 0, 300, 4), job("Y", 60, 120, 4));
    RunResult result = run(workload, "las", Conditions.IDEAL);
    assertThat(times(result)).isEqualTo("X 0-420, Y 60-240");
    assertThat(record(result, "X").evictions()).isEqualTo(2);
    assertThat(record(result, "Y").evictions()).isEqualTo(1);
  }

  @Test
  void aPolicyThatOnlyEvictsEndsTheRunWithJobsUnfinished() {
    // They alternate each minute, and each needs more than a minute to restart.
    Workload workload = workload(job("X", 0, 300, 4), job("Y", 60, 120, 4));
    RunResult result = run(workload, "las", COST_62_S);
    assertThat(times(result)).isEqualTo("X 0-never, Y 60-never");
  }

  @Test
  void gpusAreHeldIdleWhileMembersStart() {
    Conditions slowStart = new Conditions(5_000, 30_000, 0, 0, 0, 0, 900_000, 0);
    RunResult result = run(workload(job("A", 0, 100, 2)), "priority", slowStart);
    assertThat(times(result)).isEqualTo("A 35-135");
    assertThat(record(result, "A").idleHeldGpuMs()).isEqualTo(30_000 * 2);
    assertThat(result.usefulGpuMs()).as("the arrival window of one job is empty").isZero();
  }
}
