package org.yarngpu.predict;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How fast GPU models are for groups of like jobs, beside the speed that the admin says: that
 * counts as much as three runs.
 */
final class LearnedSpeeds {
  /** Groups times models that are remembered; the least recently updated go first. */
  private static final int KNOWN_MAX = 10_000;

  private static final int PRIOR_RUNS = 3;

  /** From so many runs on, older ones fade: jobs change. */
  private static final int RUNS_MAX = 50;

  /** A single run may be off by anything; no model is so much faster than another. */
  private static final double RATIO_MAX = 16;

  private final Map<Of, Observed> known = new LinkedHashMap<>();

  private record Of(GroupKey key, String model) {}

  private record Observed(int runs, double sum) {
    Observed and(double ratio) {
      return runs < RUNS_MAX
          ? new Observed(runs + 1, sum + ratio)
          : new Observed(runs, sum - sum / runs + ratio);
    }
  }

  static LearnedSpeeds from(ImmutableList<SpeedState> states) {
    LearnedSpeeds speeds = new LearnedSpeeds();
    states.forEach(
        state ->
            speeds.known.put(
                new Of(state.key(), state.model()), new Observed(state.runs(), state.sum())));
    return speeds;
  }

  ImmutableList<SpeedState> state() {
    ImmutableList.Builder<SpeedState> states = ImmutableList.builder();
    known.forEach(
        (of, observed) ->
            states.add(new SpeedState(of.key, of.model, observed.runs, observed.sum)));
    return states.build();
  }

  /**
   * Learns from a run.
   *
   * @param ratio runtime that was forecast at speed 1 / runtime on the model, above 0
   */
  void observe(GroupKey key, String model, double ratio) {
    double clipped = Math.min(RATIO_MAX, Math.max(1 / RATIO_MAX, ratio));
    Of of = new Of(key, model);
    @Nullable Observed before = known.remove(of);
    known.put(of, (before == null ? new Observed(0, 0) : before).and(clipped));
    if (known.size() > KNOWN_MAX) {
      known.remove(known.keySet().iterator().next());
    }
  }

  /**
   * The speed of a model for such jobs, by the finest of their own groups that ran there.
   *
   * @param prior as the admin says
   */
  double speed(JobGroups job, String model, double prior) {
    for (GroupKey key : job.keys().values()) { // finest first
      @Nullable Observed observed = known.get(new Of(key, model));
      if (observed != null) {
        return (PRIOR_RUNS * prior + observed.sum) / (PRIOR_RUNS + observed.runs);
      }
    }
    return prior;
  }
}
