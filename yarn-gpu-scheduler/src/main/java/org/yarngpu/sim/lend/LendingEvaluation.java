package org.yarngpu.sim.lend;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.JobRecord;
import org.yarngpu.sim.LoanRule;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.SharedRun;
import org.yarngpu.sim.SharedRun.ServiceRecord;
import org.yarngpu.sim.Sharing;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.fast.FastHost;
import org.yarngpu.sim.lend.LendingReport.Outcome;

/**
 * Runs the same jobs beside the same services without loans, with loans of all that is idle, and
 * with loans by forecast.
 *
 * @param pools who owns what
 * @param conditions of all runs
 * @param scaling the policy that scales the services
 * @param borrowers jobs that run on lent GPUs only, where any are lent
 * @param reclaimDelaysMs each rule is tried with each
 */
public record LendingEvaluation(
    Pools pools,
    Conditions conditions,
    String scaling,
    ImmutableSet<String> borrowers,
    ImmutableList<Long> reclaimDelaysMs) {
  private static final double HOUR_MS = 3_600_000;

  /** Of the jobs of at most so many GPUs the given share, evenly over the order of submission. */
  public static ImmutableSet<String> borrowers(Workload workload, double share, int gpusMax) {
    ImmutableSet.Builder<String> borrowers = ImmutableSet.builder();
    int seen = 0;
    for (Job job : workload.jobs()) {
      if (job.gpus() <= gpusMax) {
        seen++;
        if (Math.floor(seen * share) > Math.floor((seen - 1) * share)) {
          borrowers.add(job.id());
        }
      }
    }
    return borrowers.build();
  }

  /** Runs that it will make. */
  public int runs() {
    return 1 + 2 * reclaimDelaysMs.size();
  }

  /**
   * Runs all, one after the other.
   *
   * @param progress of the run of a name
   * @throws IllegalArgumentException if a service does not fit into its pool
   */
  public LendingReport of(Workload workload, Function<String, Progress> progress) {
    Workload sorted = pools.sorted(workload);
    SharedRun alone = run(sorted, LoanRule.NONE, 0, progress.apply("no loans"));
    OptionalDouble jctAlone = mean(alone);
    List<Outcome> outcomes = new ArrayList<>();
    outcomes.add(outcome(alone, jctAlone));
    for (LoanRule rule : List.of(LoanRule.IDLE, LoanRule.FORECAST)) {
      for (long delayMs : reclaimDelaysMs) {
        String name =
            "%s, %s s".formatted(rule == LoanRule.IDLE ? "idle" : "forecast", delayMs / 1000);
        outcomes.add(outcome(run(sorted, rule, delayMs, progress.apply(name)), jctAlone));
      }
    }
    return new LendingReport(
        workload.name(),
        pools,
        workload.jobs().size(),
        borrowers.size(),
        ImmutableList.copyOf(outcomes));
  }

  private SharedRun run(Workload workload, LoanRule rule, long delayMs, Progress progress) {
    Sharing sharing =
        new Sharing(
            scaling, rule, ImmutableSortedSet.of("root." + Pools.INFERENCE), borrowers, delayMs);
    return new FastHost(pools.inventory(), pools.queues(), conditions, GanttWindow.NONE)
        .run(workload, sharing, progress);
  }

  private Outcome outcome(SharedRun run, OptionalDouble jctAlone) {
    ImmutableList<JobRecord> jobs = run.run().jobs();
    OptionalDouble mean = mean(run);
    boolean lends = run.sharing().rule() != LoanRule.NONE;
    double lostGpuMs = lends ? borrowers(jobs).mapToLong(JobRecord::lostGpuMs).sum() : 0;
    return new Outcome(
        run.sharing().rule(),
        run.sharing().reclaimDelayMs(),
        (int) jobs.stream().filter(job -> !job.finished()).count(),
        jctsMs(jobs.stream()),
        jctsMs(borrowers(jobs)),
        jctAlone.isPresent() && mean.isPresent()
            ? OptionalDouble.of(jctAlone.getAsDouble() / mean.getAsDouble())
            : OptionalDouble.empty(),
        borrowers(jobs).mapToInt(JobRecord::evictions).average().orElse(0),
        (run.lentGpuMs() - lostGpuMs) / HOUR_MS,
        lostGpuMs / HOUR_MS,
        run.recalls(),
        run.services().stream()
            .flatMap(service -> service.asksMs().stream())
            .collect(ImmutableList.toImmutableList()),
        violations(run.services()),
        run.services().stream().mapToDouble(ServiceRecord::meanReplicas).sum());
  }

  private Stream<JobRecord> borrowers(ImmutableList<JobRecord> jobs) {
    return jobs.stream().filter(job -> borrowers.contains(job.job().id()));
  }

  private static ImmutableList<Long> jctsMs(Stream<JobRecord> jobs) {
    return jobs.filter(JobRecord::finished)
        .map(JobRecord::jctMs)
        .collect(ImmutableList.toImmutableList());
  }

  /** Mean JCT; empty if not all jobs ended. */
  private static OptionalDouble mean(SharedRun run) {
    return run.run().jobs().stream().allMatch(JobRecord::finished)
        ? run.run().jobs().stream().mapToLong(JobRecord::jctMs).average()
        : OptionalDouble.empty();
  }

  private static double violations(ImmutableList<ServiceRecord> services) {
    double requests = services.stream().mapToDouble(ServiceRecord::requests).sum();
    return requests == 0
        ? 0
        : services.stream().mapToDouble(one -> one.requests() * one.violations()).sum() / requests;
  }
}
