package org.yarngpu.sim.report;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.RunResult;

/**
 * What a run comes to. Times of jobs are those of the jobs that finished, first starts those of the
 * jobs that started; GPU time is that of all jobs.
 *
 * @param workload its name
 * @param host {@code fast} or {@code real}
 * @param policy as the command names it
 * @param restartMs what an eviction costs a job
 * @param seed of the run
 * @param installedGpus of the whole cluster
 * @param jobs submitted
 * @param finished of them; the others are in no mean or quantile
 * @param waits JCT minus the job's own run time; empty if no job finished
 * @param jcts submission to completion; empty if no job finished
 * @param firstStarts submission to first start; empty if no job started
 * @param boundedSlowdownMean at least 1; empty if no job finished
 * @param utilization share of the installed GPUs that computed during the arrival window, in [0,
 *     1]; empty if the window has no length
 * @param idleHeldGpuHours held by members that did not compute
 * @param evictionsPerJob over all jobs
 * @param lostGpuHours without progress, by evictions, failures and changes of width
 * @param resizesPerJob changes of width over all jobs
 * @param heldGpuHours of all jobs
 * @param queueFairness Jain's index over the queues' mean bounded slowdowns, in (0, 1]; empty below
 *     two queues
 * @param userFairness the same over users
 * @param waitsBySize of the size classes in which a job finished
 * @param wallMs how long the run took on the wall clock
 */
public record RunMetrics(
    String workload,
    String host,
    String policy,
    long restartMs,
    long seed,
    int installedGpus,
    int jobs,
    int finished,
    Optional<Distribution> waits,
    Optional<Distribution> jcts,
    Optional<Distribution> firstStarts,
    OptionalDouble boundedSlowdownMean,
    OptionalDouble utilization,
    double idleHeldGpuHours,
    double evictionsPerJob,
    double lostGpuHours,
    double resizesPerJob,
    double heldGpuHours,
    OptionalDouble queueFairness,
    OptionalDouble userFairness,
    ImmutableMap<SizeClass, Distribution> waitsBySize,
    long wallMs) {
  private static final double HOUR_MS = 3_600_000;

  /** Measures a run. */
  public static RunMetrics of(RunResult run) {
    ImmutableList<JobRecord> done =
        run.jobs().stream().filter(JobRecord::finished).collect(toImmutableList());
    return new RunMetrics(
        run.workload(),
        run.host(),
        run.policy(),
        run.conditions().restartMs(),
        run.conditions().seed(),
        run.installedGpus(),
        run.jobs().size(),
        done.size(),
        Distribution.ofMs(done.stream().mapToLong(JobRecord::waitMs)),
        Distribution.ofMs(done.stream().mapToLong(JobRecord::jctMs)),
        Distribution.ofMs(
            run.jobs().stream()
                .filter(job -> job.startMs().isPresent())
                .mapToLong(JobRecord::firstStartDelayMs)),
        done.stream().mapToDouble(JobRecord::boundedSlowdown).average(),
        utilization(run),
        run.jobs().stream().mapToLong(JobRecord::idleHeldGpuMs).sum() / HOUR_MS,
        run.jobs().stream().mapToInt(JobRecord::evictions).average().orElse(0),
        run.jobs().stream().mapToLong(JobRecord::lostGpuMs).sum() / HOUR_MS,
        run.jobs().stream().mapToInt(JobRecord::resizes).average().orElse(0),
        run.jobs().stream().mapToLong(JobRecord::heldGpuMs).sum() / HOUR_MS,
        JainIndex.of(meanSlowdowns(done, Job::queue)),
        JainIndex.of(meanSlowdowns(done, Job::user)),
        waitsBySize(done),
        run.wallMs());
  }

  private static OptionalDouble utilization(RunResult run) {
    ImmutableList<JobRecord> jobs = run.jobs();
    if (jobs.isEmpty()) {
      return OptionalDouble.empty();
    }
    long windowMs = jobs.get(jobs.size() - 1).job().submitMs() - jobs.get(0).job().submitMs();
    return windowMs == 0
        ? OptionalDouble.empty()
        : OptionalDouble.of(run.usefulGpuMs() / ((double) run.installedGpus() * windowMs));
  }

  /** Of every owner that the trace names. */
  private static Collection<Double> meanSlowdowns(
      ImmutableList<JobRecord> done, Function<Job, String> owner) {
    return done.stream()
        .filter(record -> !owner.apply(record.job()).isEmpty())
        .collect(
            Collectors.groupingBy(
                record -> owner.apply(record.job()),
                TreeMap::new,
                Collectors.averagingDouble(JobRecord::boundedSlowdown)))
        .values();
  }

  private static ImmutableMap<SizeClass, Distribution> waitsBySize(ImmutableList<JobRecord> done) {
    Map<SizeClass, Distribution> waits = new EnumMap<>(SizeClass.class);
    for (SizeClass size : SizeClass.values()) {
      Distribution.ofMs(
              done.stream()
                  .filter(record -> SizeClass.of(record.job().gpus()) == size)
                  .mapToLong(JobRecord::waitMs))
          .ifPresent(wait -> waits.put(size, wait));
    }
    return ImmutableMap.copyOf(waits);
  }

  /** Of gangs of a size; empty if none finished. */
  public Optional<Distribution> waits(SizeClass size) {
    return Optional.ofNullable(waitsBySize.get(size));
  }

  /** Jobs that did not end within the run. */
  public int unfinished() {
    return jobs - finished;
  }

  /** Whether the policy is told run times that no scheduler can know. */
  public boolean knowsRunTimes() {
    return policy.endsWith("-oracle") || policy.endsWith("-perfect");
  }

  /** Mean wait in seconds; empty if no job finished. */
  public OptionalDouble waitMean() {
    return meanOf(waits);
  }

  /** Mean JCT in seconds; empty if no job finished. */
  public OptionalDouble jctMean() {
    return meanOf(jcts);
  }

  private static OptionalDouble meanOf(Optional<Distribution> times) {
    return times.stream().mapToDouble(Distribution::mean).findFirst();
  }
}
