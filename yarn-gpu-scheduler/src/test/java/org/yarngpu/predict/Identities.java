package org.yarngpu.predict;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;

/** Jobs and completions for tests. */
public final class Identities {
  private Identities() {}

  public static JobIdentity job(String user, String name, int gpus) {
    return new JobIdentity(user, name, "", "q", gpus, OptionalDouble.empty());
  }

  static JobIdentity declared(JobIdentity job, String declaredJob) {
    return new JobIdentity(
        job.user(), job.name(), declaredJob, job.queue(), job.gpus(), job.declaredSeconds());
  }

  static JobIdentity estimated(JobIdentity job, double seconds) {
    return new JobIdentity(
        job.user(),
        job.name(),
        job.declaredJob(),
        job.queue(),
        job.gpus(),
        OptionalDouble.of(seconds));
  }

  static JobIdentity queued(JobIdentity job, String queue) {
    return new JobIdentity(
        job.user(), job.name(), job.declaredJob(), queue, job.gpus(), job.declaredSeconds());
  }

  /** One of a few users' jobs, of which some recur. */
  public static JobIdentity any(SplittableRandom random) {
    return any("user" + (char) ('a' + random.nextInt(4)), random);
  }

  static JobIdentity any(String user, SplittableRandom random) {
    String[] names = {"train-bert-1", "Train_BERT_2", "eval", "eval 3", "", "sweep/7/lr"};
    JobIdentity job =
        queued(
            job(user, names[random.nextInt(names.length)], 1 << random.nextInt(3)),
            "q" + random.nextInt(2));
    if (random.nextInt(3) == 0) {
      job = declared(job, "nightly");
    }
    return random.nextBoolean() ? estimated(job, Math.exp(random.nextDouble(2, 10))) : job;
  }

  /** A job that is forecast now and ends after a random time, mostly after like times. */
  public static Completion anyEnd(
      JobIdentity job, SimilarJobsRuntime predictor, SplittableRandom random) {
    double seconds =
        random.nextInt(10) == 0
            ? Math.exp(random.nextDouble(-2, 16))
            : 600 * Math.exp(random.nextDouble(-1, 1));
    Ending[] endings = Ending.values();
    Ending.Tenure[] tenures = Ending.Tenure.values();
    return new Completion(
        job,
        seconds,
        random.nextInt(4) == 0 ? endings[random.nextInt(endings.length)] : Ending.SUCCEEDED,
        tenures[random.nextInt(tenures.length)],
        random.nextInt(5) == 0
            ? Optional.empty()
            : Optional.of(PastForecast.of(predictor.forecast(JobGroups.of(job)))),
        random.nextInt(3) == 0
            ? Optional.of(new ModelRun(random.nextBoolean() ? "v100" : "t4", 2 * seconds))
            : Optional.empty());
  }
}
