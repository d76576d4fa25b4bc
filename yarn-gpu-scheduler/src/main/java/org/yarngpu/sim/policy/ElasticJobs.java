package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.yarngpu.config.Settings;
import org.yarngpu.model.Ask;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.WidthScaling;
import org.yarngpu.sim.Widths;
import org.yarngpu.sim.policy.Decision.Resize;

/**
 * Jobs as the planner knows elastic gangs: what its ResourceManager makes of their asks. They ask
 * for as many members as they may have, at once and again for those that they lose.
 */
final class ElasticJobs {
  private static final long PERIOD_MS = Settings.from(ImmutableMap.of()).elasticPeriodMs();

  private ElasticJobs() {}

  /** How wide the job is and may become; empty if it is not elastic. */
  static Optional<Elastic> elastic(ActiveJob job) {
    return job.widths()
        .map(
            widths ->
                new Elastic(
                    job.members().size(),
                    widths.minimum(),
                    widths.maximum(),
                    job.running() ? job.widthSinceMs() + PERIOD_MS : 0));
  }

  /** The gang of a job that waits. */
  static Gang waiting(ActiveJob job) {
    return elastic(job)
        .map(
            elastic ->
                asking(job.gang(), elastic.minimum(), Gang.Phase.WAITING, elastic.maximum())
                    .withElastic(elastic))
        .orElse(job.gang());
  }

  /** The gangs of running jobs that would take more members, now or when they may next. */
  static ImmutableList<Gang> growing(Collection<? extends ActiveJob> running) {
    ImmutableList.Builder<Gang> growing = ImmutableList.builder();
    for (ActiveJob job : running) {
      int width = job.members().size();
      if (job.widths().map(Widths::maximum).orElse(0) > width) {
        Elastic elastic = elastic(job).orElseThrow();
        growing.add(
            asking(job.gang(), 1, Gang.Phase.GROWING, elastic.maximum() - width)
                .withElastic(elastic));
      }
    }
    return growing.build();
  }

  private static Gang asking(Gang gang, int minimum, Gang.Phase phase, int members) {
    Ask ask = gang.asks().get(0);
    return new Gang(
        gang.id(),
        gang.queue(),
        gang.user(),
        gang.priority(),
        gang.submittedMs(),
        minimum,
        phase,
        ImmutableList.of(ask.withCount(members)),
        gang.excluded(),
        gang.limit(),
        gang.deadlineMs(),
        gang.types(),
        Optional.empty());
  }

  /**
   * What is forecast of the job, which runs with the members that it has, or waits for its minimum.
   *
   * @param forecast of a job that waits: at the width of its trace
   */
  static Forecast forecast(ActiveJob job, Forecast forecast) {
    return job.running()
        ? forecast
        : job.widths()
            .map(
                widths ->
                    forecast.at(WidthScaling.ASSUMED.speed(widths.minimum(), job.gang().minimum())))
            .orElse(forecast);
  }

  /** A running job gets more members. */
  static Resize wider(ActiveJob job, Placement more) {
    return new Resize(
        job, ImmutableList.<Member>builder().addAll(job.members()).addAll(more.members()).build());
  }

  /** A running job loses members and goes on. */
  static Resize narrower(ActiveJob job, Eviction.Shrink shrink) {
    List<Member> left = new ArrayList<>(job.members());
    shrink.members().forEach(left::remove);
    return new Resize(job, ImmutableList.copyOf(left));
  }
}
