package org.yarngpu.predict;

import java.util.Optional;
import org.yarngpu.predict.Ending.Tenure;

/**
 * A job that has ended, or whose attempt has: an entry of the history that rebuilds a predictor.
 *
 * @param job as submitted
 * @param runtimeSeconds how long it held its GPUs in all its attempts, without waiting; for an
 *     elastic job see {@link #atMinimumWidth}
 * @param ending of its last attempt
 * @param tenure on what terms it had its GPUs
 * @param forecast made when it was submitted, if one was made and is still known
 * @param modelRun where it ran, if it was on one GPU model whose speed is to be learned
 */
public record Completion(
    JobIdentity job,
    double runtimeSeconds,
    Ending ending,
    Tenure tenure,
    Optional<PastForecast> forecast,
    Optional<ModelRun> modelRun) {

  /** One that says nothing about GPU models. */
  public Completion(
      JobIdentity job,
      double runtimeSeconds,
      Ending ending,
      Tenure tenure,
      Optional<PastForecast> forecast) {
    this(job, runtimeSeconds, ending, tenure, forecast, Optional.empty());
  }

  /** A job that came to its end on GPUs of its own. */
  public static Completion succeeded(
      JobIdentity job, double runtimeSeconds, Optional<PastForecast> forecast) {
    return new Completion(job, runtimeSeconds, Ending.SUCCEEDED, Tenure.OWN, forecast);
  }

  /**
   * The runtime that an elastic job would have had at its minimum width, if its speed is
   * proportional to its width.
   *
   * @param gpuSeconds received in all
   * @param gpus at the minimum width, at least 1
   */
  public static double atMinimumWidth(double gpuSeconds, int gpus) {
    return gpuSeconds / gpus;
  }

  /**
   * Whether a predictor may learn from it. A runtime that is negative or not a number comes from a
   * clock that jumped.
   */
  public boolean teaches() {
    return ending.teaches(tenure) && runtimeSeconds >= 0 && Double.isFinite(runtimeSeconds);
  }
}
