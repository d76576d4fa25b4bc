package org.yarngpu.sim.predict;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Multimaps;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import org.yarngpu.predict.Quantile;

/**
 * How far forecasts of a trace's run times were off.
 *
 * @param workload name of the trace
 * @param groups what its groups were to the predictor
 * @param switchedOffShare of jobs, in [0, 1], that were forecast while too many of the last 200
 *     forecasts had missed: they are of no class but {@code NOT}
 * @param rows all jobs first, then each class and each level that occurs
 * @param baselines simpler rules, on all jobs that they say something about
 */
public record AccuracyReport(
    String workload,
    GroupMeaning groups,
    double switchedOffShare,
    ImmutableList<Row> rows,
    ImmutableList<BaselineRow> baselines) {

  /**
   * Forecasts of one kind.
   *
   * @param kind {@code all}, a class or a level
   * @param jobs forecast
   * @param share of all jobs, in [0, 1]
   * @param withinTwo share that ran between half and twice the forecast median, in [0, 1]
   * @param errorMedian median of |ln (run time / forecast median)|
   * @param withinHalf share that ran at most the forecast 0.5 quantile; 0.5 if it is right
   * @param withinMost share that ran at most the forecast 0.9 quantile; 0.9 if it is right
   * @param baselinesWithinTwo for the same jobs, by rule; empty if a rule says nothing about any of
   *     them
   */
  public record Row(
      String kind,
      int jobs,
      double share,
      double withinTwo,
      double errorMedian,
      double withinHalf,
      double withinMost,
      ImmutableMap<String, OptionalDouble> baselinesWithinTwo) {}

  /**
   * A simpler rule.
   *
   * @param name of the rule
   * @param jobs that it says something about
   * @param withinTwo share that ran between half and twice what it believes
   * @param errorMedian median of |ln (run time / what it believes)|
   * @param withinHalf share that ran at most what it believes
   */
  public record BaselineRow(
      String name, int jobs, double withinTwo, double errorMedian, double withinHalf) {}

  static AccuracyReport of(String workload, GroupMeaning groups, ImmutableList<Guess> guesses) {
    ImmutableList.Builder<Row> rows = ImmutableList.builder();
    rows.add(row("all", guesses, guesses));
    rows.addAll(rows(guesses, guess -> guess.forecast().predictability(), Enum::name));
    rows.addAll(
        rows(
            guesses,
            guess -> guess.forecast().level(),
            level -> level.code() + " " + level.name()));
    return new AccuracyReport(
        workload,
        groups,
        share(guesses, Guess::switchedOff),
        rows.build(),
        rules(guesses).stream().map(name -> baseline(name, guesses)).collect(toImmutableList()));
  }

  /** Those that say something about a job. */
  private static ImmutableList<String> rules(ImmutableList<Guess> guesses) {
    return Baselines.NAMES.stream()
        .filter(name -> guesses.stream().anyMatch(guess -> guess.baseline(name).isPresent()))
        .collect(toImmutableList());
  }

  /** A row for each kind that occurs, in the order of the kinds. */
  private static <K extends Enum<K>> ImmutableList<Row> rows(
      ImmutableList<Guess> guesses, Function<Guess, K> kindOf, Function<K, String> text) {
    ImmutableListMultimap<K, Guess> byKind = Multimaps.index(guesses, kindOf::apply);
    return new TreeSet<>(byKind.keySet())
        .stream()
            .map(kind -> row(text.apply(kind), byKind.get(kind), guesses))
            .collect(toImmutableList());
  }

  private static Row row(String kind, ImmutableList<Guess> guesses, ImmutableList<Guess> all) {
    return new Row(
        kind,
        guesses.size(),
        (double) guesses.size() / all.size(),
        share(guesses, guess -> guess.error() <= Math.log(2)),
        Quantile.of(guesses.stream().mapToDouble(Guess::error).toArray(), 0.5),
        share(guesses, guess -> guess.seconds() <= guess.forecast().quantileSeconds(0.5)),
        share(guesses, guess -> guess.seconds() <= guess.forecast().quantileSeconds(0.9)),
        rules(all).stream()
            .collect(toImmutableMap(name -> name, name -> baselineWithinTwo(name, guesses))));
  }

  private static OptionalDouble baselineWithinTwo(String name, ImmutableList<Guess> guesses) {
    ImmutableList<Guess> known = known(name, guesses);
    return known.isEmpty()
        ? OptionalDouble.empty()
        : OptionalDouble.of(baseline(name, known).withinTwo());
  }

  private static BaselineRow baseline(String name, ImmutableList<Guess> guesses) {
    ImmutableList<Guess> known = known(name, guesses);
    double[] errors =
        known.stream()
            .mapToDouble(guess -> guess.error(guess.baseline(name).orElseThrow()))
            .toArray();
    return new BaselineRow(
        name,
        known.size(),
        share(known, guess -> guess.error(guess.baseline(name).orElseThrow()) <= Math.log(2)),
        Quantile.of(errors, 0.5),
        share(known, guess -> guess.seconds() <= guess.baseline(name).orElseThrow()));
  }

  private static ImmutableList<Guess> known(String name, ImmutableList<Guess> guesses) {
    return guesses.stream()
        .filter(guess -> guess.baseline(name).isPresent())
        .collect(toImmutableList());
  }

  private static double share(ImmutableList<Guess> guesses, Predicate<Guess> condition) {
    return (double) guesses.stream().filter(condition).count() / guesses.size();
  }
}
