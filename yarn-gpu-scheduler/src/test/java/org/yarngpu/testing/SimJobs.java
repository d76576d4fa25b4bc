package org.yarngpu.testing;

import com.google.common.collect.ImmutableList;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.Workload;

/** Small workloads in seconds, and what became of them. */
public final class SimJobs {
  private SimJobs() {}

  public static Job job(String id, long submitS, long runS, int gpus) {
    return job(id, submitS, runS, gpus, 1);
  }

  public static Job job(String id, long submitS, long runS, int members, int gpusPerMember) {
    return new Job(
        id,
        submitS * 1000,
        runS * 1000,
        members,
        gpusPerMember,
        1,
        "",
        "",
        "",
        0,
        "",
        OptionalLong.empty(),
        OptionalLong.empty());
  }

  public static Job checkpointed(Job job, long seconds) {
    return copy(
        job,
        job.user(),
        job.group(),
        job.queue(),
        job.gpuModel(),
        job.estimateMs(),
        OptionalLong.of(seconds * 1000));
  }

  public static Job estimated(Job job, long seconds) {
    return copy(
        job,
        job.user(),
        job.group(),
        job.queue(),
        job.gpuModel(),
        OptionalLong.of(seconds * 1000),
        job.checkpointMs());
  }

  public static Job later(Job job, int byMs) {
    return new Job(
        job.id(),
        job.submitMs() + byMs,
        job.runMs(),
        job.members(),
        job.gpusPerMember(),
        job.deviceShare(),
        job.user(),
        job.group(),
        job.queue(),
        job.priority(),
        job.gpuModel(),
        job.estimateMs(),
        job.checkpointMs());
  }

  public static Job owned(Job job, String user, String group, String queue, String gpuModel) {
    return copy(job, user, group, queue, gpuModel, job.estimateMs(), job.checkpointMs());
  }

  private static Job copy(
      Job job,
      String user,
      String group,
      String queue,
      String gpuModel,
      OptionalLong estimateMs,
      OptionalLong checkpointMs) {
    return new Job(
        job.id(),
        job.submitMs(),
        job.runMs(),
        job.members(),
        job.gpusPerMember(),
        job.deviceShare(),
        user,
        group,
        queue,
        job.priority(),
        gpuModel,
        estimateMs,
        checkpointMs);
  }

  public static Workload workload(Job... jobs) {
    return new Workload("small", ImmutableList.copyOf(jobs));
  }

  /** Up to {@code count} jobs of up to {@code widest} members on whole seconds. */
  public static Workload random(SplittableRandom random, int count, int widest, int gpusPerMember) {
    ImmutableList.Builder<Job> jobs = ImmutableList.builder();
    int jobCount = 1 + random.nextInt(count);
    for (int j = 0; j < jobCount; j++) {
      jobs.add(
          job(
              "job-%03d".formatted(j),
              random.nextInt(200),
              1 + random.nextInt(100),
              1 + random.nextInt(widest),
              gpusPerMember));
    }
    return new Workload("random", jobs.build());
  }

  /** {@code "A 0-100, B 100-200"}: first start and end of each job in seconds, by id. */
  public static String times(RunResult result) {
    Map<String, String> times = new TreeMap<>();
    for (JobRecord job : result.jobs()) {
      times.put(job.job().id(), "%s-%s".formatted(seconds(job.startMs()), seconds(job.endMs())));
    }
    return times.entrySet().stream()
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .reduce((one, two) -> one + ", " + two)
        .orElse("");
  }

  private static String seconds(OptionalLong ms) {
    if (ms.isEmpty()) {
      return "never";
    }
    long value = ms.getAsLong();
    return value % 1000 == 0 ? Long.toString(value / 1000) : Double.toString(value / 1000.0);
  }
}
