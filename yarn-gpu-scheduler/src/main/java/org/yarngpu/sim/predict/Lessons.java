package org.yarngpu.sim.predict;

import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Ending;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.workload.Ended;
import org.yarngpu.sim.workload.TraceReading;

/**
 * Teaches a predictor a history as if it had been there: each job is forecast when it is submitted
 * and learned from when it ends, so that hit rates are those of real forecasts.
 */
public final class Lessons {
  private final SimilarJobsRuntime predictor = new SimilarJobsRuntime();
  private final PriorityQueue<Running> running =
      new PriorityQueue<>(
          Comparator.comparingLong(Running::endMs).thenComparingInt(Running::number));

  private record Running(long endMs, int number, Completion completion) {}

  private Lessons() {}

  /**
   * Returns what is learned from the jobs of a reading.
   *
   * @param jobs those of the reading that count
   * @param groups what the names of a trace are; a history of YARN says itself who its jobs were
   */
  public static SimilarJobsRuntime learned(
      Workload jobs, TraceReading reading, GroupMeaning groups) {
    Lessons lessons = new Lessons();
    int number = 0;
    for (Job job : jobs.jobs()) {
      @Nullable Ended known = reading.ended().get(job.id());
      lessons.submit(number++, job, known == null ? ended(job, groups) : known);
    }
    lessons.endAllBefore(Long.MAX_VALUE);
    return lessons.predictor;
  }

  private static Ended ended(Job job, GroupMeaning groups) {
    JobIdentity identity =
        TraceJobs.identity(
            groups, job.user(), job.group(), job.queue(), job.gpus(), job.estimateMs());
    return new Ended(identity, job.runMs() / 1000.0, Ending.SUCCEEDED, job.runMs());
  }

  private void submit(int number, Job job, Ended ended) {
    endAllBefore(job.submitMs());
    PastForecast forecast = PastForecast.of(predictor.forecast(JobGroups.of(ended.job())));
    running.add(
        new Running(
            job.submitMs() + ended.afterMs(),
            number,
            new Completion(
                ended.job(),
                ended.runtimeSeconds(),
                ended.ending(),
                Ending.Tenure.OWN,
                Optional.of(forecast))));
  }

  private void endAllBefore(long nowMs) {
    while (!running.isEmpty() && running.peek().endMs() < nowMs) {
      predictor.learn(running.remove().completion());
    }
  }
}
