package org.yarngpu.sim.rm;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.NodeSpec;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;

/**
 * Replays a workload under a real scheduler, class file unchanged, in virtual time and in one
 * thread; equal input gives equal output, but for the wall time.
 *
 * <p>Heartbeats take no time: what an event makes possible is placed at the instant of the event.
 * Under ideal conditions a job therefore starts at the very millisecond at which the scheduler can
 * place its gang, as on the fast host; start times of the two differ only where the schedulers
 * decide differently. Where a scheduler needs several heartbeats without any news for a decision,
 * it comes up to 64 s later, since idle heartbeats become rarer.
 *
 * <p>One run at a time in a JVM, and no other use of YARN beside or before it: Hadoop keeps
 * resource types, vectors and metrics in statics, whose length is fixed when their classes load.
 */
public final class RealHost {
  private final Inventory inventory;
  private final RealQueues queues;
  private final Conditions conditions;
  private final GanttWindow gantt;

  /**
   * @param gantt from when to when it is recorded who holds what
   * @throws IllegalArgumentException if the nodes have GPUs of several models
   */
  public RealHost(
      Inventory inventory, RealQueues queues, Conditions conditions, GanttWindow gantt) {
    for (NodeSpec node : inventory.nodes()) {
      checkArgument(
          node.gpuModel().equals(inventory.commonModel()),
          "node %s has GPUs of model \"%s\" and others of model \"%s\"; the real host knows one model in a cluster",
          node.name(),
          node.gpuModel(),
          inventory.commonModel());
    }
    this.inventory = inventory;
    this.queues = queues;
    this.conditions = conditions;
    this.gantt = gantt;
  }

  /**
   * Runs until all jobs have ended, or for a day nothing computes and nobody begins to, or gangs do
   * nothing but hold parts and let go of them.
   *
   * @param schedulerClass its name, as in {@code yarn.resourcemanager.scheduler.class}
   * @param overrides YARN properties that go before those of the host
   * @throws IllegalArgumentException if the class is no scheduler, a job's queue or GPU model is
   *     not there, or the properties ask for threads
   */
  public RunResult run(
      Workload workload,
      String schedulerClass,
      ImmutableMap<String, String> overrides,
      Progress progress) {
    return run(workload, schedulerClass, overrides, progress, run -> {});
  }

  /**
   * As the other.
   *
   * @param observer is shown the run after each instant
   */
  RunResult run(
      Workload workload,
      String schedulerClass,
      ImmutableMap<String, String> overrides,
      Progress progress,
      Consumer<RealRun> observer) {
    for (Job job : workload.jobs()) {
      checkArgument(
          job.gpuModel().isEmpty()
              || inventory.commonModel().isEmpty()
              || job.gpuModel().equals(inventory.commonModel()),
          "job %s wants GPUs of model \"%s\", which no node has",
          job.id(),
          job.gpuModel());
    }
    checkArgument(
        workload.services().isEmpty(), "the real host runs no services. Maybe use the fast host");
    Stopwatch wall = Stopwatch.createStarted();
    QuietHadoop quiet = new QuietHadoop();
    try (RealRun run =
        new RealRun(inventory, queues, conditions, gantt, workload, schedulerClass, overrides)) {
      while (!run.isOver()) {
        run.nextInstant();
        observer.accept(run);
        progress.at(run.ledger().finishedJobs(), run.jobs(), run.nowMs());
      }
      run.whyStopped().ifPresent(progress::stopped);
      return new RunResult(
          workload.name(),
          "real",
          schedulerClass.substring(schedulerClass.lastIndexOf('.') + 1),
          conditions,
          inventory.gpus(),
          run.records(),
          run.ledger().usefulGpuMs(),
          run.ledger().timeline(),
          run.ledger().segments(),
          run.calls(),
          wall.elapsed(TimeUnit.MILLISECONDS));
    } finally {
      quiet.restore();
    }
  }
}
