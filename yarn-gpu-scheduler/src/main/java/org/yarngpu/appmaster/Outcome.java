package org.yarngpu.appmaster;

import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;

/**
 * How a job or service ended.
 *
 * @param diagnostics for the user. Those of a failure start with {@code EXIT_CODE=n: }, n in [1,
 *     255], which the client ends with; the form is stable
 */
public record Outcome(FinalApplicationStatus status, String diagnostics) {

  private static final int EXIT_CODE_NONE = 1;

  public static Outcome succeeded(int members, int restarts) {
    return new Outcome(
        FinalApplicationStatus.SUCCEEDED,
        "All %s members ended with exit code 0 after %s restarts.".formatted(members, restarts));
  }

  /** A failure that no exit code of a program stands behind. */
  public static Outcome failed(String sentence) {
    return failed(EXIT_CODE_NONE, sentence);
  }

  /** A failure with the exit code of a member, or YARN's code below zero. */
  public static Outcome failed(int code, String sentence) {
    int exitCode = 1 <= code && code <= 255 ? code : EXIT_CODE_NONE;
    return new Outcome(
        FinalApplicationStatus.FAILED, "EXIT_CODE=%s: %s".formatted(exitCode, sentence));
  }
}
