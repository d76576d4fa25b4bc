package org.yarngpu.sim.rm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.OptionalLong;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.ResourceScheduler;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;

/** Small workloads, and their runs with every invariant checked after every instant. */
final class Jobs {
  static final QueueTree TWO_QUEUES =
      new QueueTree(
          ImmutableList.of(
              new QueueTree.Node("root", "", false, 1, 1, 0),
              new QueueTree.Node("root.a", "root", true, 0.5, 1, 0),
              new QueueTree.Node("root.b", "root", true, 0.5, 1, 0)));

  private Jobs() {}

  static Job job(String id, long submitMs, long runMs, int members, int gpus) {
    return job(id, "", submitMs, runMs, members, gpus);
  }

  static Job job(String id, String queue, long submitMs, long runMs, int members, int gpus) {
    return new Job(
        id,
        submitMs,
        runMs,
        members,
        gpus,
        1,
        "",
        "",
        queue,
        0,
        "",
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  static Workload workload(Job... jobs) {
    return new Workload("test", ImmutableList.copyOf(jobs));
  }

  /** Runs with the first hundred hours in the Gantt chart. */
  static RunResult run(
      Class<? extends ResourceScheduler> scheduler,
      Inventory inventory,
      QueueTree queues,
      Conditions conditions,
      Job... jobs) {
    return new RealHost(
            inventory, RealQueues.of(queues), conditions, new GanttWindow(0, 360_000_000))
        .run(
            workload(jobs),
            scheduler.getName(),
            ImmutableMap.of(),
            Progress.NONE,
            RealRun::checkInvariants);
  }

  static JobRecord record(RunResult result, String job) {
    return result.jobs().stream()
        .filter(record -> record.job().id().equals(job))
        .findFirst()
        .orElseThrow();
  }

  static long startMs(RunResult result, String job) {
    return record(result, job).startMs().orElseThrow();
  }

  static long endMs(RunResult result, String job) {
    return record(result, job).endMs().orElseThrow();
  }
}
