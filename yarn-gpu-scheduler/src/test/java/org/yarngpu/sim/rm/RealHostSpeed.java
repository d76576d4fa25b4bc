package org.yarngpu.sim.rm;

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

/**
 * How many scheduler calls and jobs a second of CPU time the real host gets done; run by {@code
 * scripts/bench real}. One seed, one run; all of it, and without the start of JVM, scheduler and
 * cluster: from a quarter of the arrivals' time on.
 */
public final class RealHostSpeed {
  private static final double LOAD = 0.9;

  private final String scheduler;
  private boolean isWarm;
  private long warmCpuNanos;
  private long warmCalls;

  private RealHostSpeed(String scheduler) {
    this.scheduler = scheduler;
  }

  /** Arguments: name of the workload, name of the scheduler's class. */
  public static void main(String[] arguments) {
    RealHostSpeed speed = new RealHostSpeed(arguments[1]);
    switch (arguments[0]) {
      case "one-worker" -> speed.measure(1_000, 2_000, 1, 4 * 3_600_000L);
      case "gangs" -> speed.measure(200, 600, 32, 11 * 3_600_000L);
      case "gangs-on-1000" -> speed.measure(1_000, 10_000, 32, 37 * 3_600_000L);
      default -> throw new IllegalArgumentException("no workload is named " + arguments[0]);
    }
  }

  private void measure(int nodes, int jobs, int workersMax, long windowMs) {
    Inventory inventory = Inventory.uniform(nodes, 8);
    Conditions conditions = new Conditions(0, 0, 0, 0, 0, 0, 900_000, 0);
    String name =
        "%d nodes, %d jobs of %s"
            .formatted(
                nodes, jobs, workersMax == 1 ? "one worker" : "1-" + workersMax + " workers");
    RunResult result =
        new RealHost(inventory, RealQueues.of(QueueTree.SINGLE), conditions, GanttWindow.NONE)
            .run(
                workload(name, jobs, workersMax, windowMs, inventory.gpus()),
                scheduler,
                ImmutableMap.of(),
                Progress.NONE,
                run -> warm(run, windowMs));
    long cpuNanos = cpuNanos();
    double meanWaitSeconds =
        result.jobs().stream()
                .filter(JobRecord::finished)
                .mapToLong(JobRecord::waitMs)
                .average()
                .orElse(0)
            / 1000;
    long endMs = result.jobs().stream().mapToLong(r -> r.endMs().orElse(0)).max().orElse(0);
    int finished = (int) result.jobs().stream().filter(JobRecord::finished).count();
    System.out.printf(
        "%s, %s: %.1f h virtual, %.1f s wall, mean wait %.0f s, %d of %d finished%n",
        scheduler.substring(scheduler.lastIndexOf('.') + 1),
        name,
        endMs / 3_600_000.0,
        result.wallMs() / 1000.0,
        meanWaitSeconds,
        finished,
        jobs);
    print("all of it", result.events(), cpuNanos);
    print("after a quarter", result.events() - warmCalls, cpuNanos - warmCpuNanos);
    System.out.printf("  %.0f jobs/s%n", finished / (cpuNanos / 1e9));
  }

  private void warm(RealRun run, long windowMs) {
    if (!isWarm && run.nowMs() >= windowMs / 4) {
      isWarm = true;
      warmCalls = run.calls();
      warmCpuNanos = cpuNanos();
    }
  }

  private static void print(String what, long calls, long cpuNanos) {
    double seconds = cpuNanos / 1e9;
    System.out.printf(
        "  %-16s %8d calls, %6.1f s CPU, %7.0f calls/s%n", what, calls, seconds, calls / seconds);
  }

  /** Of this thread since the start of the JVM. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
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
