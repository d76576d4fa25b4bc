package org.yarngpu.sim.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.SplittableRandom;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;
import org.yarngpu.testing.Seeded;

/** CapacityScheduler decides with it as with its own order, to the millisecond and call. */
class FifoOfAskingSimTest {
  private static final ImmutableMap<String, String> STOCK =
      ImmutableMap.of(
          "yarn.scheduler.capacity.root.a.ordering-policy", "fifo",
          "yarn.scheduler.capacity.root.b.ordering-policy", "fifo");

  /** The first may have no more than its half, so that reservations meet its limit. */
  private static final QueueTree TWO_QUEUES =
      new QueueTree(
          ImmutableList.of(
              new QueueTree.Node("root", "", false, 1, 1, 0),
              new QueueTree.Node("root.a", "root", true, 0.5, 0.5, 0),
              new QueueTree.Node("root.b", "root", true, 0.5, 1, 0)));

  @Seeded(runs = 10)
  void decisionsAreThoseOfFifo(SplittableRandom random) {
    Job[] jobs = new Job[1 + random.nextInt(60)];
    for (int j = 0; j < jobs.length; j++) {
      jobs[j] =
          Jobs.job(
              "job-%02d".formatted(j),
              random.nextInt(3) == 0 ? "b" : "a",
              random.nextLong(200_000),
              random.nextLong(1, 100_000),
              random.nextInt(1, 4),
              random.nextInt(1, 5));
    }
    Workload workload = Jobs.workload(jobs);
    Conditions conditions =
        random.nextBoolean()
            ? Conditions.IDEAL
            : new Conditions(3_000, 2_000, 5_000, 60_000, 6_000_000, 200_000, 300_000, 1);
    RunResult asking = run(workload, conditions, ImmutableMap.of());
    RunResult stock = run(workload, conditions, STOCK);
    assertThat(asking.jobs()).isEqualTo(stock.jobs());
    assertThat(asking.events()).isEqualTo(stock.events());
  }

  private static RunResult run(
      Workload workload, Conditions conditions, ImmutableMap<String, String> overrides) {
    return new RealHost(
            Inventory.uniform(6, 4), RealQueues.of(TWO_QUEUES), conditions, GanttWindow.NONE)
        .run(workload, CapacityScheduler.class.getName(), overrides, Progress.NONE);
  }
}
