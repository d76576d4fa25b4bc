package org.yarngpu.bench;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.lang.management.ManagementFactory;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.rm.RealHost;
import org.yarngpu.sim.rm.RealQueues;

/**
 * How many scheduler calls a second of CPU time the real host makes; run by {@code scripts/bench
 * real}. One seed, one run, the start of the scheduler included.
 */
public final class RealHostSpeed {
  private static final double LOAD = 0.9;

  private RealHostSpeed() {}

  /** Arguments: names of scheduler classes; each runs both workloads. */
  public static void main(String[] schedulers) {
    for (String scheduler : schedulers) {
      measure("1000 nodes, 2000 jobs of one worker", scheduler, 1_000, 2_000, 1, 4 * 3_600_000L);
      measure("200 nodes, 600 jobs of 1-32 workers", scheduler, 200, 600, 32, 11 * 3_600_000L);
    }
  }

  private static void measure(
      String name, String scheduler, int nodes, int jobs, int workersMax, long windowMs) {
    Inventory inventory = Inventory.uniform(nodes, 8);
    long cpuBeforeNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    Conditions conditions = new Conditions(0, 0, 0, 0, 0, 0, 900_000, 0);
    RunResult result =
        new RealHost(inventory, RealQueues.of(QueueTree.SINGLE), conditions, GanttWindow.NONE)
            .run(
                workload(name, jobs, workersMax, windowMs, inventory.gpus()),
                scheduler,
                ImmutableMap.of(),
                Progress.NONE);
    double cpuSeconds =
        (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuBeforeNanos) / 1e9;
    double meanWaitSeconds =
        result.jobs().stream()
                .filter(JobRecord::finished)
                .mapToLong(JobRecord::waitMs)
                .average()
                .orElse(0)
            / 1000;
    long endMs = result.jobs().stream().mapToLong(r -> r.endMs().orElse(0)).max().orElse(0);
    System.out.printf(
        "%-17s %s: %.1f h virtual, %.1f s CPU, %.1f s wall, %d calls, %.0f calls/CPU s, mean wait %.0f s, %d of %d finished%n",
        scheduler.substring(scheduler.lastIndexOf('.') + 1),
        name,
        endMs / 3_600_000.0,
        cpuSeconds,
        result.wallMs() / 1000.0,
        result.events(),
        result.events() / cpuSeconds,
        meanWaitSeconds,
        result.jobs().stream().filter(JobRecord::finished).count(),
        jobs);
  }

  /** Sizes are powers of two, equally often; run times are exponential. */
  private static Workload workload(
      String name, int jobs, int workersMax, long windowMs, int installedGpus) {
    SplittableRandom random = new SplittableRandom(1);
    int workerSteps = Integer.numberOfTrailingZeros(workersMax) + 1;
    double meanGpus = (2.0 * workersMax - 1) / workerSteps * 15 / 4;
    double meanRunMs = LOAD * installedGpus * windowMs / (jobs * meanGpus);
    ImmutableList.Builder<Job> list = ImmutableList.builder();
    for (int j = 0; j < jobs; j++) {
      list.add(
          new Job(
              "job-%05d".formatted(j),
              random.nextLong(windowMs),
              (long) (-Math.log(1 - random.nextDouble()) * meanRunMs),
              1 << random.nextInt(workerSteps),
              1 << random.nextInt(4),
              1,
              "",
              "",
              "",
              0,
              "",
              OptionalLong.empty(),
              OptionalLong.empty()));
    }
    return new Workload(name, list.build());
  }
}
