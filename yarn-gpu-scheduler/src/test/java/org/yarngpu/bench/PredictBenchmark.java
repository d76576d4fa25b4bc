package org.yarngpu.bench;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.PastForecast;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.predict.SimilarJobsRuntime;

/**
 * How long a predictor takes that remembers as many groups as it may; run by {@code scripts/bench
 * predict}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 3)
@Measurement(iterations = 5, time = 5)
public class PredictBenchmark {
  private static final int USERS = 500;
  private static final int JOBS_PER_USER = 60;

  private final SplittableRandom random = new SplittableRandom(1);
  private final SimilarJobsRuntime predictor = new SimilarJobsRuntime();
  private final JobGroups[] groups = new JobGroups[1024];
  private final Completion[] completions = new Completion[1024];
  private int next;

  public PredictBenchmark() {
    for (int end = 0; end < 200_000; end++) {
      predictor.learn(completion(anyJob()));
    }
    for (int at = 0; at < groups.length; at++) {
      JobIdentity job = anyJob();
      groups[at] = JobGroups.of(job);
      completions[at] = completion(job);
    }
  }

  private JobIdentity anyJob() {
    int job = random.nextInt(JOBS_PER_USER);
    return new JobIdentity(
        "user%03d".formatted(random.nextInt(USERS)),
        "Train_%s_2024-11-%02d/run-%d-3fa9c1d"
            .formatted("abcdefgh".charAt(job % 8), 1 + job % 28, job),
        job % 2 == 0 ? "nightly-" + job : "",
        "root.q" + job % 10,
        1 << job % 4,
        OptionalDouble.of(3600));
  }

  private Completion completion(JobIdentity job) {
    return Completion.succeeded(
        job,
        600 * Math.exp(random.nextDouble(-1, 1)),
        Optional.of(PastForecast.of(predictor.forecast(JobGroups.of(job)))));
  }

  private int next() {
    next = (next + 1) % groups.length;
    return next;
  }

  /** Once at each submission: the groups of a job, from its name as given. */
  @Benchmark
  public JobGroups groups() {
    return JobGroups.of(groups[next()].job());
  }

  /** Once a job and cycle. */
  @Benchmark
  public RuntimeForecast forecast() {
    return predictor.forecast(groups[next()]);
  }

  /** What an order and a reservation ask of a forecast. */
  @Benchmark
  public double remainingIndexAndQuantile() {
    RuntimeForecast forecast = predictor.forecast(groups[next()]);
    return forecast.expectedRemainingSeconds(100)
        + forecast.indexSeconds(100)
        + forecast.remainingQuantileSeconds(0.9, 100);
  }

  /** Once at each end of a job, its name included. */
  @Benchmark
  public long learn() {
    predictor.learn(completions[next()]);
    return predictor.ignored();
  }

  /** Once in a thousand completions. */
  @Benchmark
  public PredictorState snapshot() {
    return predictor.snapshot();
  }
}
