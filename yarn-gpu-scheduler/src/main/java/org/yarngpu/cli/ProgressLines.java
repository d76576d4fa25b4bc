package org.yarngpu.cli;

import java.time.Duration;
import java.util.Optional;
import org.yarngpu.client.JobStatus;
import org.yarngpu.client.JobStatus.Phase;

/**
 * What a person who waits for a job wants to read: a line when the job's phase or the code of its
 * reason changes, and the newest numbers of a reason now and then.
 */
final class ProgressLines {

  private static final Duration SAME_REASON_AGAIN = Duration.ofSeconds(30);

  private Phase phase = Phase.WAITING;
  private String detail = "";
  private Duration printed = Duration.ZERO;
  private boolean first = true;

  /**
   * Returns the line to print now, if any.
   *
   * @param status of a job that has not ended
   * @param where of a running job, such as {@code on 3 nodes}; may be empty
   * @param elapsed since submission
   */
  Optional<String> next(JobStatus status, String where, Duration elapsed) {
    if (phase == Phase.RUNNING && status.phase() == Phase.WAITING && status.detail().isEmpty()) {
      return Optional.empty(); // members end one after the other; nothing is waited for
    }
    boolean changed =
        first || phase != status.phase() || !code(detail).equals(code(status.detail()));
    boolean renewed =
        !detail.equals(status.detail()) && elapsed.minus(printed).compareTo(SAME_REASON_AGAIN) >= 0;
    boolean waiting = status.phase() == Phase.WAITING;
    if (waiting ? !(changed || renewed) : phase == status.phase()) {
      return Optional.empty();
    }
    first = false;
    phase = status.phase();
    detail = status.detail();
    printed = elapsed;
    return Optional.of(line(waiting ? waiting(status) : ("running " + where).strip(), elapsed));
  }

  /** Returns the last line of a job that has ended. */
  static String end(JobStatus status, Duration elapsed) {
    String words =
        switch (status.phase()) {
          case SUCCEEDED -> "succeeded";
          case KILLED -> "killed";
          default -> "failed";
        };
    return line(status.detail().isEmpty() ? words : words + ": " + status.detail(), elapsed);
  }

  static String line(String words, Duration elapsed) {
    return "[%5s] %s".formatted(elapsed.toSeconds() + "s", words);
  }

  private static String waiting(JobStatus status) {
    return status.detail().isEmpty() ? "waiting" : "waiting: " + status.detail();
  }

  /** The part of a reason that does not change with its numbers. */
  private static String code(String detail) {
    int colon = detail.indexOf(':');
    return colon < 0 ? detail : detail.substring(0, colon);
  }
}
