package org.yarngpu.sim.predict;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Multimaps;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * How far predictions of a trace's run times were off.
 *
 * @param workload name of the trace
 * @param groups what its groups were to the predictor
 * @param switchedOffShare of jobs, in [0, 1], that were forecast while too many of the last 200
 *     forecasts had missed
 * @param predictors this project's first, then each simpler rule that says something
 */
public record AccuracyReport(
    String workload,
    GroupMeaning groups,
    double switchedOffShare,
    ImmutableList<Predictor> predictors) {

  /** This project's predictor. */
  static final String OURS = "ours";

  /**
   * A predictor.
   *
   * @param name of it
   * @param all jobs that it says something about
   * @param ours this project's predictor on the same jobs
   * @param byClass the same jobs, by the class of this project's predictor
   * @param byLevel the same jobs, by what this project's forecast was made from
   */
  public record Predictor(
      String name,
      Score all,
      Score ours,
      ImmutableMap<String, Score> byClass,
      ImmutableMap<String, Score> byLevel) {}

  /**
   * How far off a predictor was on some jobs.
   *
   * @param jobs how many, at least 1
   * @param withinTwo share that ran between half and twice what it believed, in [0, 1]
   * @param withinQuarter share that ran between 1 / 1.25 and 1.25 times what it believed
   * @param withinMost share that ran at most its 0.9 quantile; 0.9 if that is right
   * @param pinballSeconds mean of 0.9 times what a run exceeded the 0.9 quantile by, or 0.1 times
   *     what it fell short of it by (Koenker and Bassett, Econometrica 1978); less is better
   */
  public record Score(
      int jobs, double withinTwo, double withinQuarter, double withinMost, double pinballSeconds) {}

  static AccuracyReport of(String workload, GroupMeaning groups, ImmutableList<Guess> guesses) {
    ImmutableList<String> names =
        ImmutableList.<String>builder().add(OURS).addAll(Baselines.NAMES).build();
    return new AccuracyReport(
        workload,
        groups,
        share(guesses, Guess::switchedOff),
        names.stream()
            .filter(name -> guesses.stream().anyMatch(guess -> guess.knownTo(name)))
            .map(name -> predictor(name, guesses))
            .collect(toImmutableList()));
  }

  private static Predictor predictor(String name, ImmutableList<Guess> guesses) {
    ImmutableList<Guess> known =
        guesses.stream().filter(guess -> guess.knownTo(name)).collect(toImmutableList());
    return new Predictor(
        name,
        score(name, known),
        score(OURS, known),
        scores(name, known, Guess::predictability, Enum::name),
        scores(name, known, Guess::level, level -> level.code() + " " + level.name()));
  }

  /** By kind, for each that occurs, in the order of the kinds. */
  private static <K extends Enum<K>> ImmutableMap<String, Score> scores(
      String name,
      ImmutableList<Guess> guesses,
      Function<Guess, K> kindOf,
      Function<K, String> text) {
    ImmutableListMultimap<K, Guess> byKind = Multimaps.index(guesses, kindOf::apply);
    ImmutableMap.Builder<String, Score> scores = ImmutableMap.builder();
    new TreeSet<>(byKind.keySet())
        .forEach(kind -> scores.put(text.apply(kind), score(name, byKind.get(kind))));
    return scores.build();
  }

  private static Score score(String name, ImmutableList<Guess> guesses) {
    ImmutableList<Judged> judged =
        guesses.stream().map(guess -> Judged.of(name, guess)).collect(toImmutableList());
    return new Score(
        judged.size(),
        share(judged, one -> one.within(2)),
        share(judged, one -> one.within(1.25)),
        share(judged, one -> one.seconds() <= one.mostSeconds()),
        judged.stream().mapToDouble(Judged::pinballSeconds).average().orElseThrow());
  }

  private record Judged(double seconds, double typicalSeconds, double mostSeconds) {
    static Judged of(String name, Guess guess) {
      Guess.Belief belief = guess.beliefs().get(name);
      if (belief == null) {
        throw new IllegalArgumentException(name + " says nothing about this job");
      }
      return new Judged(guess.seconds(), belief.typicalSeconds(), belief.mostSeconds());
    }

    boolean within(double factor) {
      return seconds <= factor * typicalSeconds && typicalSeconds <= factor * seconds;
    }

    double pinballSeconds() {
      return seconds > mostSeconds ? 0.9 * (seconds - mostSeconds) : 0.1 * (mostSeconds - seconds);
    }
  }

  private static <T> double share(ImmutableList<T> all, Predicate<T> condition) {
    return (double) all.stream().filter(condition).count() / all.size();
  }
}
