package org.yarngpu.bench;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.SimilarJobsRuntime;

/** What a predictor holds after very many finished jobs; run by {@code scripts/bench memory}. */
public final class PredictorMemory {
  private static final int USERS = 10_000;
  private static final int NAMES = 200_000;

  private PredictorMemory() {}

  /** Takes the number of finished jobs. */
  public static void main(String[] arguments) {
    int jobs = Integer.parseInt(arguments[0]);
    long beforeBytes = usedBytes();
    SimilarJobsRuntime predictor = new SimilarJobsRuntime();
    SplittableRandom random = new SplittableRandom(1);
    long begunNanos = System.nanoTime();
    for (int job = 0; job < jobs; job++) {
      int name = random.nextInt(NAMES);
      JobIdentity identity =
          new JobIdentity(
              "user%04d".formatted(random.nextInt(USERS)),
              "train_%s_model%d".formatted(Integer.toString(name, 36), name % 97),
              name % 2 == 0 ? "nightly-" + name : "",
              "root.q" + name % 40,
              1 << name % 6,
              OptionalDouble.of(3600));
      predictor.learn(
          Completion.succeeded(
              identity,
              600 * Math.exp(random.nextDouble(-1, 1)),
              Optional.of(PastForecast.of(predictor.forecast(JobGroups.of(identity))))));
    }
    long nanos = System.nanoTime() - begunNanos;
    System.out.printf(
        "%d finished jobs: %.1f MiB held by the predictor, %d groups, %.1f us a job%n",
        jobs,
        (usedBytes() - beforeBytes) / 1048576.0,
        predictor.snapshot().groups().size(),
        nanos / 1e3 / jobs);
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    for (int collection = 0; collection < 3; collection++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
