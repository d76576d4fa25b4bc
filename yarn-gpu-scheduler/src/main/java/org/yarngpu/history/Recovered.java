package org.yarngpu.history;

import com.google.common.collect.ImmutableList;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.Gate;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.predict.SimilarJobsRuntime;

/**
 * What a folder holds.
 *
 * @param state of its last good snapshot
 * @param since what ended after it, in order
 * @param damages files, or parts of them, that could not be read
 */
public record Recovered(
    PredictorState state, ImmutableList<Completion> since, ImmutableList<Damage> damages) {

  static final Recovered NOTHING =
      new Recovered(PredictorState.EMPTY, ImmutableList.of(), ImmutableList.of());

  /**
   * A file that could not be read.
   *
   * @param file its name
   * @param why as the end of a sentence
   */
  public record Damage(String file, String why) {}

  /** The predictor as it was. */
  public SimilarJobsRuntime predictor(int groupsMax, Gate gate) {
    SimilarJobsRuntime predictor = new SimilarJobsRuntime(groupsMax, gate, state);
    since.forEach(predictor::learn);
    return predictor;
  }
}
