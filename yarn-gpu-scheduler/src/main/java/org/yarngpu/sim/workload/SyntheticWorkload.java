package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import org.yarngpu.sim.Job;
import org.yarngpu.sim.Workload;

/**
 * Generates workloads: recurring groups whose runs resemble each other, and one-off jobs;
 * log-normal run times; early failures; a rhythm of days; users who over-estimate.
 *
 * <p>Equal settings and seeds give equal workloads, on every machine. A group has one user, one
 * number of GPUs and one median; its runs are spread over the whole time independently, so no burst
 * of one group is modelled, and neither are weekends.
 *
 * <p>Sources: recurrence, Weng et al., NSDI 2022, and Hu et al., SC 2021; early failures, Jeon et
 * al., ATC 2019; over-estimates and round numbers, Tsafrir et al., "Modeling user runtime
 * estimates", JSSPP 2005.
 */
public final class SyntheticWorkload {

  private static final long DAY_MS = Duration.ofDays(1).toMillis();
  private static final double ESTIMATE_STEP_SECONDS = 300;

  /** A run time is cut here, so that one draw does not outweigh the rest. */
  private static final double RUN_SECONDS_MAX = Duration.ofDays(30).toSeconds();

  private final SyntheticSettings settings;
  private final SplittableRandom random;

  private SyntheticWorkload(SyntheticSettings settings, long seed) {
    this.settings = settings;
    random = new SplittableRandom(seed);
  }

  /** What the runs of a group have in common; a one-off job is a group of one without a name. */
  private record Kin(String name, String user, int gpus, double medianSeconds, double sigma) {}

  /** A job without its number. */
  private record Draft(Kin kin, long submitMs, double plannedSeconds, double runSeconds) {}

  /** Returns the workload {@code synthetic-<seed>}. */
  public static Workload of(SyntheticSettings settings, long seed) {
    return new SyntheticWorkload(settings, seed).generate("synthetic-" + seed);
  }

  private Workload generate(String name) {
    List<Draft> drafts = new ArrayList<>();
    ImmutableList<Kin> groups = groups();
    for (int job = 0; job < settings.jobs(); job++) {
      boolean recurring = random.nextDouble() < settings.recurringShare();
      drafts.add(draft(recurring ? groups.get(random.nextInt(groups.size())) : oneOff()));
    }
    drafts.sort(Comparator.comparingLong(Draft::submitMs));
    ImmutableList.Builder<Job> jobs = ImmutableList.builder();
    for (int number = 0; number < drafts.size(); number++) {
      jobs.add(job("job-%06d".formatted(number + 1), drafts.get(number)));
    }
    return new Workload(name, jobs.build());
  }

  private ImmutableList<Kin> groups() {
    double runs = settings.jobs() * settings.recurringShare();
    int count = (int) Math.max(1, Math.round(runs / settings.runsPerGroup()));
    ImmutableList.Builder<Kin> groups = ImmutableList.builder();
    for (int group = 1; group <= count; group++) {
      double median = logNormal(settings.groupMedianSeconds(), settings.groupSpread());
      groups.add(
          new Kin("group-%04d".formatted(group), user(), gpus(), median, settings.groupSigma()));
    }
    return groups.build();
  }

  private Kin oneOff() {
    return new Kin("", user(), gpus(), settings.oneOffMedianSeconds(), settings.oneOffSigma());
  }

  private Draft draft(Kin kin) {
    double planned = Math.min(RUN_SECONDS_MAX, logNormal(kin.medianSeconds, kin.sigma));
    double run =
        random.nextDouble() < settings.earlyFailureShare()
            ? Math.min(planned, random.nextDouble() * settings.earlyFailureSecondsMax())
            : planned;
    return new Draft(kin, submitMs(), planned, run);
  }

  private Job job(String id, Draft draft) {
    int gpus = draft.kin.gpus;
    int each = gpusPerMember(gpus);
    return new Job(
        id,
        draft.submitMs,
        Math.round(1000 * draft.runSeconds),
        gpus / each,
        each,
        1,
        draft.kin.user,
        draft.kin.name,
        "",
        0,
        "",
        OptionalLong.of(estimateMs(draft.plannedSeconds)),
        random.nextDouble() < settings.checkpointShare()
            ? OptionalLong.of(Math.round(1000 * settings.checkpointSeconds()))
            : OptionalLong.empty());
  }

  /** The most that divides the total and is allowed. */
  private int gpusPerMember(int gpus) {
    int each = Math.min(gpus, settings.gpusPerMemberMax());
    while (gpus % each != 0) {
      each--;
    }
    return each;
  }

  private long estimateMs(double plannedSeconds) {
    double factor =
        Math.max(1, logNormal(settings.estimateMedianFactor(), settings.estimateSigma()));
    double steps = Math.ceil(plannedSeconds * factor / ESTIMATE_STEP_SECONDS);
    return Math.round(1000 * ESTIMATE_STEP_SECONDS * Math.max(1, steps));
  }

  private String user() {
    return "user-%03d".formatted(1 + random.nextInt(settings.users()));
  }

  private int gpus() {
    double sum = settings.gpuWeights().values().stream().mapToDouble(weight -> weight).sum();
    double left = random.nextDouble() * sum;
    for (Map.Entry<Integer, Double> entry : settings.gpuWeights().entrySet()) {
      left -= entry.getValue();
      if (left < 0) {
        return entry.getKey();
      }
    }
    return settings.gpuWeights().lastKey();
  }

  /** Uniform over the days, thinned by the hour of the day. */
  private long submitMs() {
    while (true) {
      long ms = random.nextLong(settings.days() * DAY_MS);
      double hour = 24.0 * (ms % DAY_MS) / DAY_MS;
      double wave = StrictMath.cos(2 * Math.PI * (hour - settings.peakHour()) / 24);
      double accepted =
          (1 + settings.diurnalAmplitude() * wave) / (1 + settings.diurnalAmplitude());
      if (random.nextDouble() < accepted) {
        return ms;
      }
    }
  }

  private double logNormal(double median, double sigma) {
    return median * StrictMath.exp(sigma * gaussian());
  }

  /** Box and Muller's; that of the JDK is not specified to stay the same. */
  private double gaussian() {
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
  }
}
