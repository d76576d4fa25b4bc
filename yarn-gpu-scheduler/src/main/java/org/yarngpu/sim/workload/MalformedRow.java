package org.yarngpu.sim.workload;

/**
 * A row of a trace that is not a job.
 *
 * @param file as it was given
 * @param row line of a text file, the first being 1; record of a JSON file, the first being 1
 * @param reason what is wrong, such as {@code "job 7 has no duration"}
 */
public record MalformedRow(String file, long row, String reason) {
  @Override
  public String toString() {
    return "%s:%s: %s".formatted(file, row, reason);
  }
}
