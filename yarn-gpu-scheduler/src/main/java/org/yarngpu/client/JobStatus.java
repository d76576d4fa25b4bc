package org.yarngpu.client;

import com.google.common.base.Splitter;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;

/**
 * What a submitter wants to know about a job.
 *
 * @param phase where it stands
 * @param detail why it waits or how it ended, in the words of scheduler or application master
 * @param trackingUrl page of the application
 * @param exitCode of the job, 0 to 255; empty before it has ended
 */
public record JobStatus(Phase phase, String detail, String trackingUrl, OptionalInt exitCode) {

  /** Where a job stands. */
  public enum Phase {
    WAITING,
    RUNNING,
    SUCCEEDED,
    FAILED,
    KILLED
  }

  /** How the application master reports which code the first failed member ended with. */
  private static final Pattern EXIT_CODE = Pattern.compile("\\bEXIT_CODE=([0-9]{1,3})\\b");

  /** The time that YARN puts before some diagnostics; it changes although nothing else does. */
  private static final Pattern TIME =
      Pattern.compile("^\\[[^\\]]*[0-9]{2}:[0-9]{2}:[0-9]{2}[^\\]]*]\\s*");

  /** Queue capacities that the stock scheduler appends; they say nothing about the job. */
  private static final String STOCK_DETAILS = " Details : AM Partition";

  private static final int EXIT_CODE_FAILED = 1;

  /**
   * Returns the status that a report tells of. A job runs while its master reports progress: the
   * master does so from the start of all members on, and no longer when it stops them.
   */
  static JobStatus of(ApplicationReport report) {
    return switch (report.getYarnApplicationState()) {
      case FINISHED, FAILED, KILLED -> ended(report);
      case RUNNING -> going(report, report.getProgress() > 0 ? Phase.RUNNING : Phase.WAITING);
      case NEW, NEW_SAVING, SUBMITTED, ACCEPTED -> going(report, Phase.WAITING);
    };
  }

  public boolean hasEnded() {
    return exitCode.isPresent();
  }

  private static JobStatus going(ApplicationReport report, Phase phase) {
    return new JobStatus(phase, detail(report), url(report), OptionalInt.empty());
  }

  private static JobStatus ended(ApplicationReport report) {
    if (report.getYarnApplicationState() == YarnApplicationState.KILLED
        || report.getFinalApplicationStatus() == FinalApplicationStatus.KILLED) {
      return ended(report, Phase.KILLED, EXIT_CODE_FAILED);
    }
    if (report.getFinalApplicationStatus() == FinalApplicationStatus.SUCCEEDED) {
      return ended(report, Phase.SUCCEEDED, 0);
    }
    return ended(report, Phase.FAILED, exitCode(detail(report)));
  }

  private static JobStatus ended(ApplicationReport report, Phase phase, int exitCode) {
    return new JobStatus(phase, detail(report), url(report), OptionalInt.of(exitCode));
  }

  /** Returns the exit code that diagnostics state, or 1 where they state none. */
  static int exitCode(String diagnostics) {
    Matcher matcher = EXIT_CODE.matcher(diagnostics);
    if (!matcher.find()) {
      return EXIT_CODE_FAILED;
    }
    int code = Integer.parseInt(matcher.group(1));
    return 1 <= code && code <= 255 ? code : EXIT_CODE_FAILED;
  }

  private static String detail(ApplicationReport report) {
    String diagnostics = report.getDiagnostics();
    return diagnostics == null ? "" : detail(diagnostics);
  }

  /** Returns the first line that says something. */
  static String detail(String diagnostics) {
    for (String line : Splitter.on('\n').trimResults().omitEmptyStrings().split(diagnostics)) {
      String text = TIME.matcher(line).replaceFirst("");
      int details = text.indexOf(STOCK_DETAILS);
      return details < 0 ? text : text.substring(0, details).trim();
    }
    return "";
  }

  private static String url(ApplicationReport report) {
    return report.getTrackingUrl() == null ? "" : report.getTrackingUrl();
  }
}
