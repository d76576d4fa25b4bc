package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;

/**
 * On which of the GPU models that it may run on a gang is expected to be done first, whether it can
 * start there now or waits; the earlier one of its list among equals.
 *
 * <p>That falling back to slower models pays is from practice (58.com); the rule, which needs
 * forecasts and relative speeds, is ours.
 */
final class ModelChoice {
  private final GangPlacer placer = new GangPlacer();
  private final Timeline timeline;
  private final Room free;
  private final Iterable<Shadow> earlier;

  /**
   * @param free what is free now
   * @param earlier what is promised to others
   */
  ModelChoice(Timeline timeline, Room free, Iterable<Shadow> earlier) {
    this.timeline = timeline;
    this.free = free;
    this.earlier = earlier;
  }

  /**
   * Where a gang is done first.
   *
   * @param gang the same gang, on this model only
   * @param shadow its start there; empty if it can start now
   */
  record Choice(String model, Gang gang, Optional<Shadow> shadow) {}

  /**
   * The best of the models; empty if it could start on none, not even when all running gangs have
   * ended that ever will.
   *
   * @param now what the gang may use now; null if it is known not to fit
   */
  Optional<Choice> best(
      Gang gang, ImmutableList<String> models, @Nullable Forecast forecast, @Nullable Room now) {
    Optional<Choice> best = Optional.empty();
    double bestMs = Double.POSITIVE_INFINITY;
    for (String model : models) {
      Gang there = gang.withTypes(ImmutableList.of(model));
      double runMs = forecast == null ? 0 : forecast.on(model).expectedRemainingMs();
      Optional<Choice> choice =
          now != null && placer.fits(there, now)
              ? Optional.of(new Choice(model, there, Optional.empty()))
              : timeline
                  .shadow(there, free, earlier)
                  .map(shadow -> new Choice(model, there, Optional.of(shadow)));
      if (choice.isPresent()) {
        double doneMs = runMs + choice.get().shadow().map(Shadow::inMs).orElse(0L);
        if (doneMs < bestMs) {
          best = choice;
          bestMs = doneMs;
        }
      }
    }
    return best;
  }
}
