package org.yarngpu.sim.predict;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.predict.Guess.Belief;

/**
 * Forecasts each job of a trace when it is submitted, and learns from it when it ends; nothing that
 * is judged was learned from before.
 *
 * <p>A trace says when jobs were submitted and how long they ran, not how long they waited: a job
 * ends its run time after its submission. Run times below a second count as a second.
 */
public final class Evaluation {
  private final GroupMeaning groups;
  private final SimilarJobsRuntime predictor = new SimilarJobsRuntime();
  private final Baselines baselines = new Baselines();
  private final List<Guess> guesses = new ArrayList<>();
  private final PriorityQueue<Running> running =
      new PriorityQueue<>(
          Comparator.comparingLong(Running::endMs).thenComparingInt(Running::number));

  /** A job between its submission and its end. */
  private record Running(
      long endMs,
      int number,
      Job job,
      JobIdentity identity,
      RuntimeForecast forecast,
      ImmutableSortedMap<String, Belief> rules) {}

  private Evaluation(GroupMeaning groups) {
    this.groups = groups;
  }

  /** Runs through a trace and sums up how far forecasts were off. */
  public static AccuracyReport of(Workload workload, GroupMeaning groups) {
    Evaluation evaluation = new Evaluation(groups);
    workload.jobs().forEach(evaluation::submit);
    return AccuracyReport.of(workload.name(), groups, ImmutableList.copyOf(evaluation.guesses));
  }

  private void submit(Job job) {
    while (!running.isEmpty() && running.peek().endMs() < job.submitMs()) {
      end(running.remove());
    }
    JobIdentity identity =
        TraceJobs.identity(
            groups, job.user(), job.group(), job.queue(), job.gpus(), job.estimateMs());
    RuntimeForecast forecast = predictor.forecast(JobGroups.of(identity));
    ImmutableSortedMap<String, Belief> rules = baselines.of(job);
    guesses.add(
        new Guess(
            seconds(job),
            forecast.predictability(),
            forecast.level(),
            predictor.switchedOff(),
            ImmutableSortedMap.<String, Belief>naturalOrder()
                .putAll(rules)
                .put(
                    AccuracyReport.OURS,
                    new Belief(forecast.medianSeconds(), forecast.quantileSeconds(0.9)))
                .build()));
    running.add(
        new Running(job.submitMs() + job.runMs(), guesses.size(), job, identity, forecast, rules));
  }

  private void end(Running ended) {
    double seconds = seconds(ended.job());
    baselines.learn(ended.job(), seconds, ended.rules());
    predictor.learn(
        Completion.succeeded(
            ended.identity(), seconds, Optional.of(PastForecast.of(ended.forecast()))));
  }

  private static double seconds(Job job) {
    return Math.max(1, job.runMs() / 1000.0);
  }
}
