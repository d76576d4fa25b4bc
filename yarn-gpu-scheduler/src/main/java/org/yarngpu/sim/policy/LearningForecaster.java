package org.yarngpu.sim.policy;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.RemainingForecast;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.sim.predict.GroupMeaning;
import org.yarngpu.sim.predict.TraceJobs;

/** This project's forecasts, made when a job is submitted and kept until it ends. */
final class LearningForecaster implements Forecaster {
  /** What was known of a job when it was submitted. */
  private record Known(JobGroups groups, RemainingForecast forecast) {}

  private final SimilarJobsRuntime predictor = new SimilarJobsRuntime();
  private final Map<Integer, Known> known = new HashMap<>();

  @Override
  public Forecast of(ActiveJob job) {
    return known
        .computeIfAbsent(job.number(), number -> submitted(job))
        .forecast()
        .after(job.workMs())
        .at(job.speed())
        .withSpeeds(job.speeds());
  }

  private Known submitted(ActiveJob job) {
    JobGroups groups =
        JobGroups.of(
            TraceJobs.identity(
                GroupMeaning.CODE,
                job.user(),
                job.group(),
                job.gang().queue(),
                job.gpus(),
                job.estimateMs()));
    return new Known(groups, new RemainingForecast(predictor.forecast(groups)));
  }

  @Override
  public void learn(ActiveJob ended) {
    Known job = requireNonNull(known.remove(ended.number()), "a job ended that was not submitted");
    predictor.learn(
        Completion.succeeded(
            job.groups().job(),
            ended.workMs() / 1000.0,
            Optional.of(PastForecast.of(job.forecast().runtime()))));
  }
}
