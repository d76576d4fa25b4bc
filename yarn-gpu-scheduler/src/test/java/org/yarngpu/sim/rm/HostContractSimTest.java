package org.yarngpu.sim.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.SplittableRandom;
import org.yarngpu.config.Keys;
import org.yarngpu.model.PolicyName;
import org.yarngpu.rm.GpuScheduler;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.fast.FastHost;
import org.yarngpu.testing.Seeded;
import org.yarngpu.testing.SimJobs;

/**
 * The same workload on both hosts: GpuScheduler in virtual time starts and ends each job at the
 * millisecond at which the fast host does under the policy of the same name.
 *
 * <p>For members of one GPU and of whole nodes, whose nodes are not a matter of choice: in between
 * the hosts may pick different nodes, since YARN's have memory that application masters take.
 */
class HostContractSimTest {
  private static final Conditions SLOW_STARTS =
      new Conditions(2_000, 3_000, 0, 0, 0, 0, 900_000, 0);

  private static final QueueTree TWO_QUEUES =
      new QueueTree(
          ImmutableList.of(
              new QueueTree.Node("root", "", false, 1, 1, 0),
              new QueueTree.Node("root.a", "root", true, 0.5, 1, 0),
              new QueueTree.Node("root.b", "root", true, 0.5, 1, 0)));

  @Seeded(runs = 10)
  void gangsOfSingleGpus(SplittableRandom random) {
    assertSame(SimJobs.random(random, 60, 12, 1), 3, QueueTree.SINGLE, Conditions.IDEAL);
  }

  @Seeded(runs = 10)
  void gangsOfWholeNodes(SplittableRandom random) {
    assertSame(SimJobs.random(random, 60, 3, 4), 3, QueueTree.SINGLE, Conditions.IDEAL);
  }

  @Seeded(runs = 10)
  void membersThatTakeTimeToStart(SplittableRandom random) {
    assertSame(SimJobs.random(random, 60, 12, 1), 3, QueueTree.SINGLE, SLOW_STARTS);
  }

  @Seeded(runs = 10)
  void twoQueues(SplittableRandom random) {
    Workload one = SimJobs.random(random, 60, 12, 1);
    ImmutableList.Builder<Job> jobs = ImmutableList.builder();
    for (Job job : one.jobs()) {
      jobs.add(SimJobs.owned(job, "", "", random.nextBoolean() ? "a" : "b", ""));
    }
    assertSame(new Workload(one.name(), jobs.build()), 3, TWO_QUEUES, Conditions.IDEAL);
  }

  /**
   * Where no forecast is outlived, so that the plan is the same whenever it is made: this host
   * makes one at each heartbeat, the fast host only when something has changed.
   */
  @Seeded(runs = 20)
  void forecastsThatComeTrue(SplittableRandom random) {
    Workload anybody = SimJobs.random(random, 120, 12, 1);
    ImmutableList.Builder<Job> jobs = ImmutableList.builder();
    for (Job job : anybody.jobs()) {
      String user = random.nextBoolean() ? "ann" : "bob";
      Job owned = SimJobs.owned(SimJobs.later(job, random.nextInt(1000)), user, "", "", "");
      jobs.add(SimJobs.estimated(owned, job.runMs() / 1000));
    }
    assertSame(
        "predicted-still", // as the ResourceManager unless preemption is switched on
        PolicyName.PREDICTED,
        new Workload(anybody.name(), jobs.build()),
        Inventory.uniform(1, 12), // what is reserved depends on the node, too
        QueueTree.SINGLE,
        Conditions.IDEAL);
  }

  private static void assertSame(
      Workload workload, int nodes, QueueTree queues, Conditions conditions) {
    assertSame(
        "priority", PolicyName.PRIORITY, workload, Inventory.uniform(nodes, 4), queues, conditions);
  }

  private static void assertSame(
      String fastPolicy,
      PolicyName policy,
      Workload workload,
      Inventory inventory,
      QueueTree queues,
      Conditions conditions) {
    RunResult fast =
        new FastHost(inventory, queues, conditions, GanttWindow.NONE)
            .run(workload, fastPolicy, Progress.NONE);
    RunResult real =
        new RealHost(inventory, RealQueues.of(queues), conditions, GanttWindow.NONE)
            .run(
                workload,
                GpuScheduler.class.getName(),
                ImmutableMap.of(Keys.POLICY.name(), policy.text()),
                Progress.NONE);
    assertThat(SimJobs.times(real)).isEqualTo(SimJobs.times(fast));
    assertThat(real.jobs().stream().mapToLong(JobRecord::idleHeldGpuMs).sum())
        .isEqualTo(fast.jobs().stream().mapToLong(JobRecord::idleHeldGpuMs).sum());
    assertThat(real.usefulGpuMs()).isEqualTo(fast.usefulGpuMs());
  }
}
