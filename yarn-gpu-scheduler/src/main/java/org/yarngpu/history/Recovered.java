package org.yarngpu.history;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
  public record Damage(String file, String why) {
    private static final Logger LOG = LoggerFactory.getLogger(HistoryStore.class);
    private static final String DAMAGED = ".damaged";

    /**
     * Keeps the file under another name, under which it is read no more, and logs that.
     *
     * @param subject what it is in
     * @param rest what goes on from the other files
     */
    void setAside(Folder folder, String subject, String rest) {
      String aside = file + DAMAGED;
      LOG.warn(
          "{} in the {} {} cannot be read ({}) and is set aside as {}. {} from the rest. Maybe a"
              + " disk is failing; delete the file once you have looked",
          file,
          subject,
          folder,
          why,
          aside,
          rest);
      try {
        folder.rename(file, aside);
      } catch (IOException e) {
        LOG.warn("{} in {} cannot be set aside ({})", file, folder, e.toString());
      }
    }
  }

  /** The predictor as it was. */
  public SimilarJobsRuntime predictor(int groupsMax, Gate gate) {
    SimilarJobsRuntime predictor = new SimilarJobsRuntime(groupsMax, gate, state);
    since.forEach(predictor::learn);
    return predictor;
  }
}
