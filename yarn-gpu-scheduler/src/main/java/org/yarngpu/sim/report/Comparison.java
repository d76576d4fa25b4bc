package org.yarngpu.sim.report;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.Multimaps;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.yarngpu.sim.RunResult;

/**
 * Runs beside each other.
 *
 * @param rows one a run, in the order given
 * @param summaries one a configuration, in the order in which they first occur
 */
public record Comparison(ImmutableList<Row> rows, ImmutableList<Summary> summaries) {
  private static final String FIFO = "fifo";

  /**
   * A run, also as ratios to others of the same workload, preemption cost and seed. Empty where
   * there is no such run, or its mean is 0.
   *
   * @param run its measures
   * @param waitToBound mean wait over the least of a policy that knows all run times
   * @param jctToBound mean JCT over that policy's
   * @param waitToFifo mean wait over that of fifo
   * @param jctToFifo mean JCT over that of fifo
   */
  public record Row(
      RunMetrics run,
      OptionalDouble waitToBound,
      OptionalDouble jctToBound,
      OptionalDouble waitToFifo,
      OptionalDouble jctToFifo) {
    Configuration configuration() {
      return new Configuration(run.workload(), run.host(), run.policy(), run.restartMs());
    }
  }

  /** What runs have in common that differ in the seed only. */
  public record Configuration(String workload, String host, String policy, long restartMs) {
    boolean meets(Configuration other) {
      return workload.equals(other.workload) && restartMs == other.restartMs;
    }
  }

  /**
   * The runs of a configuration, one a seed.
   *
   * @param configuration of all of them
   * @param rows at least one
   * @param baseline the first configuration of the same workload and preemption cost
   * @param waitToFirst mean wait over the baseline's, paired by seed
   * @param jctToFirst mean JCT over the baseline's, paired by seed
   */
  public record Summary(
      Configuration configuration,
      ImmutableList<Row> rows,
      Configuration baseline,
      Optional<PairedRatio> waitToFirst,
      Optional<PairedRatio> jctToFirst) {

    /** Mean of a measure over the seeds that have it. */
    public OptionalDouble mean(Function<RunMetrics, OptionalDouble> measure) {
      return rows.stream()
          .map(row -> measure.apply(row.run()))
          .flatMapToDouble(OptionalDouble::stream)
          .average();
    }

    /** Mean of a part of a distribution over the seeds that have it. */
    public OptionalDouble mean(
        Function<RunMetrics, Optional<Distribution>> times, ToDoubleFunction<Distribution> part) {
      return rows.stream()
          .flatMap(row -> times.apply(row.run()).stream())
          .mapToDouble(part)
          .average();
    }

    /** Geometric mean of a ratio over the seeds that have it. */
    public OptionalDouble ratio(Function<Row, OptionalDouble> ratio) {
      OptionalDouble log =
          rows.stream().map(ratio).flatMapToDouble(OptionalDouble::stream).map(Math::log).average();
      return log.isEmpty() ? log : OptionalDouble.of(Math.exp(log.getAsDouble()));
    }

    /** The policy; after its host, if a policy beside it ran on another. */
    public String nameIn(ImmutableList<Summary> group) {
      boolean oneHost =
          group.stream().allMatch(other -> other.configuration.host().equals(configuration.host()));
      return oneHost ? configuration.policy() : configuration.host() + " " + configuration.policy();
    }

    /** The run of the first seed. */
    public RunMetrics first() {
      return rows.get(0).run();
    }

    /** Over all seeds. */
    public int unfinished() {
      return rows.stream().mapToInt(row -> row.run().unfinished()).sum();
    }

    /** Over all seeds. */
    public int jobs() {
      return rows.stream().mapToInt(row -> row.run().jobs()).sum();
    }
  }

  /** Measures and compares runs. */
  public static Comparison of(List<RunResult> runs) {
    ImmutableList<RunMetrics> metrics =
        runs.stream().map(RunMetrics::of).collect(toImmutableList());
    ImmutableList<Row> rows =
        metrics.stream().map(run -> row(run, metrics)).collect(toImmutableList());
    return new Comparison(rows, summaries(rows));
  }

  private static Row row(RunMetrics run, ImmutableList<RunMetrics> runs) {
    Optional<RunMetrics> bound =
        peers(run, runs)
            .filter(other -> other.knowsRunTimes() && other.waitMean().isPresent())
            .min(
                Comparator.comparingInt(RunMetrics::unfinished)
                    .thenComparingDouble(other -> other.waitMean().getAsDouble()));
    Optional<RunMetrics> fifo =
        peers(run, runs)
            .filter(other -> other.policy().equals(FIFO))
            .min(Comparator.comparing(other -> !other.host().equals(run.host())));
    return new Row(
        run,
        ratio(run, bound, RunMetrics::waitMean),
        ratio(run, bound, RunMetrics::jctMean),
        ratio(run, fifo, RunMetrics::waitMean),
        ratio(run, fifo, RunMetrics::jctMean));
  }

  /** The runs under the same conditions, on whichever host. */
  private static Stream<RunMetrics> peers(RunMetrics run, ImmutableList<RunMetrics> runs) {
    return runs.stream()
        .filter(other -> other.workload().equals(run.workload()))
        .filter(other -> other.restartMs() == run.restartMs() && other.seed() == run.seed());
  }

  /** Empty where one left more jobs unfinished: means over other jobs do not compare. */
  private static OptionalDouble ratio(
      RunMetrics run, Optional<RunMetrics> other, Function<RunMetrics, OptionalDouble> measure) {
    if (other.isPresent() && other.get().unfinished() != run.unfinished()) {
      return OptionalDouble.empty();
    }
    return PairedRatio.ratio(
        measure.apply(run), other.map(measure).orElseGet(OptionalDouble::empty));
  }

  private static ImmutableList<Summary> summaries(ImmutableList<Row> rows) {
    ImmutableListMultimap<Configuration, Row> groups = Multimaps.index(rows, Row::configuration);
    ImmutableList.Builder<Summary> summaries = ImmutableList.builder();
    for (Configuration configuration : groups.keySet()) {
      Configuration baseline =
          groups.keySet().stream().filter(configuration::meets).findFirst().orElseThrow();
      ImmutableList<Row> mine = groups.get(configuration);
      ImmutableList<Row> first = groups.get(baseline);
      summaries.add(
          new Summary(
              configuration,
              mine,
              baseline,
              paired(mine, first, RunMetrics::waitMean),
              paired(mine, first, RunMetrics::jctMean)));
    }
    return summaries.build();
  }

  private static Optional<PairedRatio> paired(
      ImmutableList<Row> rows,
      ImmutableList<Row> baseline,
      Function<RunMetrics, OptionalDouble> measure) {
    ImmutableList.Builder<double[]> pairs = ImmutableList.builder();
    for (Row row : rows) {
      OptionalDouble value = measure.apply(row.run());
      OptionalDouble other =
          baseline.stream()
              .filter(candidate -> candidate.run().seed() == row.run().seed())
              .flatMapToDouble(candidate -> measure.apply(candidate.run()).stream())
              .findFirst();
      if (value.isPresent() && other.isPresent()) {
        pairs.add(new double[] {value.getAsDouble(), other.getAsDouble()});
      }
    }
    ImmutableList<double[]> found = pairs.build();
    return PairedRatio.of(
        found.stream().mapToDouble(pair -> pair[0]).toArray(),
        found.stream().mapToDouble(pair -> pair[1]).toArray());
  }

  /** Configurations of one workload and preemption cost, which a reader compares. */
  ImmutableList<ImmutableList<Summary>> groups() {
    return Multimaps.index(summaries, Summary::baseline).asMap().values().stream()
        .map(ImmutableList::copyOf)
        .collect(toImmutableList());
  }
}
