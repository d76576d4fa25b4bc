package org.yarngpu.sim.predict;

import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.yarngpu.predict.JobIdentity;

/** Jobs of a trace as a predictor knows them. */
public final class TraceJobs {
  private TraceJobs() {}

  /**
   * Returns who the job is.
   *
   * @param gpus of all members
   * @param estimateMs the user's own
   */
  public static JobIdentity identity(
      GroupMeaning meaning,
      String user,
      String group,
      String queue,
      int gpus,
      OptionalLong estimateMs) {
    return new JobIdentity(
        user,
        meaning == GroupMeaning.CODE ? lettersForDigits(group) : group,
        "",
        queue,
        gpus,
        estimateMs.isPresent()
            ? OptionalDouble.of(estimateMs.getAsLong() / 1000.0)
            : OptionalDouble.empty());
  }

  private static String lettersForDigits(String code) {
    StringBuilder letters = new StringBuilder(code);
    for (int at = 0; at < letters.length(); at++) {
      char character = letters.charAt(at);
      if (character >= '0' && character <= '9') {
        letters.setCharAt(at, (char) ('a' + character - '0'));
      }
    }
    return letters.toString();
  }
}
