package org.yarngpu.sim.policy;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.sim.predict.GroupMeaning;
import org.yarngpu.sim.predict.TraceJobs;

/**
 * This project's forecasts: the most likely remaining time, and for a job that is to overtake
 * others the time that it exceeds in one of ten cases. Made anew from all that has ended so far;
 * judged by what was said when the job was submitted.
 */
final class ForecastGuess implements RunTimeGuess {
  private static final double BACKFILL_SHARE = 0.9;

  /**
   * A job between submission and end.
   *
   * @param groups that it belongs to
   * @param atSubmission what was forecast then
   */
  private record Known(JobGroups groups, PastForecast atSubmission) {}

  private final SimilarJobsRuntime predictor = new SimilarJobsRuntime();
  private final Map<Integer, Known> known = new HashMap<>();

  @Override
  public void submitted(ActiveJob job) {
    known.computeIfAbsent(job.number(), number -> newly(job));
  }

  private Known newly(ActiveJob job) {
    JobGroups groups =
        JobGroups.of(
            TraceJobs.identity(
                GroupMeaning.CODE,
                job.user(),
                job.group(),
                job.gang().queue(),
                job.gpus(),
                job.estimateMs()));
    return new Known(groups, PastForecast.of(predictor.forecast(groups)));
  }

  @Override
  public long remainingMs(ActiveJob job) {
    return milliseconds(forecast(job).remainingSeconds(job.workMs() / 1000.0) / job.speed());
  }

  @Override
  public long backfillMs(ActiveJob job) {
    return milliseconds(
        forecast(job).remainingQuantileSeconds(BACKFILL_SHARE, job.workMs() / 1000.0)
            / job.speed());
  }

  private RuntimeForecast forecast(ActiveJob job) {
    return predictor.forecast(known(job).groups());
  }

  @Override
  public void learn(ActiveJob ended) {
    Known job = known(ended);
    known.remove(ended.number());
    predictor.learn(
        Completion.succeeded(
            job.groups().job(), ended.workMs() / 1000.0, Optional.of(job.atSubmission())));
  }

  private Known known(ActiveJob job) {
    return Optional.ofNullable(known.get(job.number())).orElseThrow();
  }

  private static long milliseconds(double seconds) {
    return Math.max(1, (long) (1000 * seconds));
  }
}
