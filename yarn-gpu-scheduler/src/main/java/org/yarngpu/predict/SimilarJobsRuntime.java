package org.yarngpu.predict;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.Predictability;
import org.yarngpu.model.RuntimeForecast;

/**
 * Predicts a job's runtime from the runtimes of finished jobs like it.
 *
 * <p>Median and spread are those of the logarithm over about twenty runs, so that one long run does
 * not move them much. The most alike jobs are asked first; where too few of them have finished the
 * next coarser group is.
 *
 * <p>Source: Tsafrir et al., "Backfilling using system-generated predictions rather than user
 * runtime estimates", TPDS 2007, which takes the mean of the user's last two runs; asking groups
 * from fine to coarse is from Smith, Foster and Taylor, "Predicting application run times using
 * historical information", JSSPP 1998, here in a fixed order.
 */
public final class SimilarJobsRuntime {

  /** Groups that are remembered unless said otherwise; each takes at most 320 bytes. */
  public static final int GROUPS_MAX = 50_000;

  /** What is forecast before anything has finished, seconds. */
  private static final double UNKNOWN_SECONDS = 300;

  /** From so many past declarations on, a correction by them is surer. */
  private static final int DECLARATIONS_MIN = 3;

  private static final double CORRECTED_SPREAD_MIN = 0.6;

  private static final double LN_SECONDS_MAX = Math.log(RuntimeForecast.SECONDS_MAX);

  /** Quantiles from few runs are so much wider, as those of Student's t distribution are. */
  private static final double FEW_STRETCH = 1.4;

  /** A run may be so many times as long as the longest before it. */
  private static final double LONGEST_FACTOR = 1.5;

  private final int groupsMax;
  private final Gate gate;

  /** Least recently updated first. */
  private final Map<GroupKey, KeyHistory> groups = new LinkedHashMap<>();

  private final LearnedSpeeds speeds;
  private final SelfCheck check;
  private long ignored;

  public SimilarJobsRuntime() {
    this(GROUPS_MAX, Gate.ON, PredictorState.EMPTY);
  }

  /**
   * Goes on from what was learned before.
   *
   * @param groupsMax groups that are remembered, at least 1; the least recently updated go first
   */
  public SimilarJobsRuntime(int groupsMax, Gate gate, PredictorState state) {
    checkArgument(groupsMax >= 1, "groupsMax (%s) must be at least 1", groupsMax);
    this.groupsMax = groupsMax;
    this.gate = gate;
    state.groups().forEach(group -> groups.put(group.key(), KeyHistory.from(group)));
    forgetOldest();
    speeds = LearnedSpeeds.from(state.speeds());
    check = SelfCheck.from(state.check());
    ignored = state.ignored();
  }

  /** All that it has learned. */
  public PredictorState snapshot() {
    ImmutableList.Builder<KeyState> states = ImmutableList.builderWithExpectedSize(groups.size());
    groups.forEach((key, history) -> states.add(history.state(key)));
    return new PredictorState(states.build(), check.state(), ignored, speeds.state());
  }

  /** How good forecasts have been of late, by class and level. */
  public ImmutableList<Accuracy> accuracy() {
    return check.table();
  }

  /**
   * Whether more than half of the last 200 forecasts were off by more than a factor of 2, and not
   * yet less than 40 %. Only jobs whose own kin are predictable are trusted then.
   */
  public boolean switchedOff() {
    return check.switchedOff();
  }

  /** Completions that nothing could be learned from, such as those of evicted jobs. */
  public long ignored() {
    return ignored;
  }

  /** Learns from a job that has ended, if its end says how long such jobs run. */
  public void learn(Completion completion) {
    if (!completion.teaches()) {
      ignored++;
      return;
    }
    JobGroups job = JobGroups.of(completion.job());
    double seconds = clip(completion.runtimeSeconds());
    job.keys().forEach((level, key) -> updated(key).add(value(level, job.job(), seconds), level));
    completion.forecast().ifPresent(forecast -> judge(job, seconds, forecast));
    completion.modelRun().ifPresent(run -> learn(run, job, completion.forecast()));
    forgetOldest();
  }

  /** Forecasts from jobs of all kinds say nothing of a single run's speed. */
  private void learn(ModelRun run, JobGroups job, Optional<PastForecast> forecast) {
    forecast
        .filter(past -> past.key().ofOneUser() && past.key().compareTo(KeyLevel.USER) < 0)
        .ifPresent(
            past -> {
              GroupKey key = job.keys().get(past.key());
              if (key != null) {
                speeds.observe(key, run.model(), past.medianSeconds() / run.seconds());
              }
            });
  }

  /**
   * How fast a GPU model is for such jobs.
   *
   * @param prior relative speed that the admin says, above 0
   */
  public double speed(JobGroups job, String model, double prior) {
    return speeds.speed(job, model, prior);
  }

  private void judge(JobGroups job, double seconds, PastForecast forecast) {
    GroupKey key = job.keys().get(forecast.key());
    if (key != null) {
      updated(key)
          .judge(
              value(forecast.key(), job.job(), seconds),
              seconds / forecast.medianSeconds(),
              forecast.key());
    }
    GroupKey user = job.keys().get(KeyLevel.USER);
    if (user != null) {
      updated(user).follow(seconds > forecast.mostSeconds());
    }
    check.judge(forecast, seconds);
  }

  /** What the mean at this level is the mean of. */
  private static double value(KeyLevel level, JobIdentity job, double seconds) {
    return level == KeyLevel.ESTIMATE
        ? Math.log(seconds / clip(job.declaredSeconds().orElseThrow()))
        : Math.log(seconds);
  }

  /** The group's history, which becomes the most recently updated. */
  private KeyHistory updated(GroupKey key) {
    KeyHistory known = groups.remove(key);
    KeyHistory history = known == null ? new KeyHistory() : known;
    groups.put(key, history);
    return history;
  }

  private void forgetOldest() {
    var oldest = groups.keySet().iterator();
    for (int excess = groups.size() - groupsMax; excess > 0; excess--) {
      oldest.next();
      oldest.remove();
    }
  }

  /** Forecasts a job's runtime from what has been learned so far. */
  public RuntimeForecast forecast(JobGroups job) {
    for (KeyLevel level : KeyLevel.values()) {
      Optional<RuntimeForecast> forecast =
          switch (level) {
            case ONE_RUN -> fromOneRun(job);
            case ESTIMATE -> fromDeclared(job);
            default -> fromGroup(job, level);
          };
      if (forecast.isPresent()) {
        return forecast.get();
      }
    }
    KeyLevel level = KeyLevel.NOTHING;
    return of(job, UNKNOWN_SECONDS, level.spreadMin(), new KeyHistory(), level, level);
  }

  private Optional<RuntimeForecast> fromGroup(JobGroups job, KeyLevel level) {
    @Nullable KeyHistory history = history(job, level);
    if (history == null || history.runs() < level.runsMin()) {
      return Optional.empty();
    }
    double spread = Math.max(level.spreadMin(), history.spread());
    return Optional.of(of(job, Math.exp(history.mean()), spread, history, level, level));
  }

  private Optional<RuntimeForecast> fromOneRun(JobGroups job) {
    for (KeyLevel key : KeyLevel.values()) {
      if (key == KeyLevel.ONE_RUN) {
        break;
      }
      @Nullable KeyHistory history = history(job, key);
      if (history != null) {
        KeyLevel level = KeyLevel.ONE_RUN;
        return Optional.of(
            of(job, Math.exp(history.mean()), level.spreadMin(), history, level, key));
      }
    }
    return Optional.empty();
  }

  private Optional<RuntimeForecast> fromDeclared(JobGroups job) {
    OptionalDouble declared = job.job().declaredSeconds();
    if (declared.isEmpty()) {
      return Optional.empty();
    }
    KeyLevel level = KeyLevel.ESTIMATE;
    double seconds = clip(declared.getAsDouble());
    @Nullable KeyHistory history = history(job, level);
    if (history == null) {
      return Optional.of(of(job, seconds, level.spreadMin(), new KeyHistory(), level, level));
    }
    double floor = history.runs() >= DECLARATIONS_MIN ? CORRECTED_SPREAD_MIN : level.spreadMin();
    double spread = Math.max(floor, history.spread());
    return Optional.of(of(job, seconds * Math.exp(history.mean()), spread, history, level, level));
  }

  private @Nullable KeyHistory history(JobGroups job, KeyLevel level) {
    GroupKey key = job.keys().get(level);
    return key == null ? null : groups.get(key);
  }

  private RuntimeForecast of(
      JobGroups job,
      double seconds,
      double spread,
      KeyHistory history,
      KeyLevel level,
      KeyLevel key) {
    @Nullable KeyHistory user = history(job, KeyLevel.USER);
    ImmutableDoubleArray ratios = history.sortedRatios();
    Predictability measured = Predictability.of(history.judged(), history.hitRate(), spread);
    boolean hidden = switchedOff() && measured != Predictability.PREDICTABLE;
    boolean shut =
        gate == Gate.ON
            && measured == Predictability.NOT
            && history.judged() >= Predictability.JUDGED_MIN;
    return new RuntimeForecast(
        clip(seconds),
        spread,
        ratios,
        stretch(user, ratios.length()),
        longestSeconds(job, user, history, key),
        history.judged(),
        history.hitRate(),
        hidden ? Predictability.NOT : measured,
        shut || hidden ? 0 : RuntimeForecast.trustAt(spread),
        level,
        key,
        history.runs(),
        key.ofOneUser() && history.inDoubt());
  }

  private static double stretch(@Nullable KeyHistory user, int ratios) {
    double own = user == null ? 1 : user.stretch();
    return ratios < RuntimeForecast.RATIOS_MIN
        ? Math.min(RuntimeForecast.STRETCH_MAX, FEW_STRETCH * own)
        : own;
  }

  /** By the longest of the group and of the user; one run bounds nothing. */
  private static double longestSeconds(
      JobGroups job, @Nullable KeyHistory user, KeyHistory group, KeyLevel key) {
    double unit = key == KeyLevel.ESTIMATE ? clip(job.job().declaredSeconds().orElseThrow()) : 1;
    double ofGroup = unit * Math.exp(group.longest().orElse(LN_SECONDS_MAX));
    double ofUser = Math.exp(user == null ? LN_SECONDS_MAX : user.longest().orElse(LN_SECONDS_MAX));
    return Math.min(RuntimeForecast.SECONDS_MAX, LONGEST_FACTOR * Math.min(ofGroup, ofUser));
  }

  private static double clip(double seconds) {
    return Math.min(RuntimeForecast.SECONDS_MAX, Math.max(RuntimeForecast.SECONDS_MIN, seconds));
  }
}
