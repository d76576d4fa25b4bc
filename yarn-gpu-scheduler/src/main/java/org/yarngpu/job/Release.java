package org.yarngpu.job;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

/**
 * What the replicas of a service run: all that changes when another version of it is rolled out.
 *
 * @param env environment variables
 * @param files local paths or URIs that each replica gets
 * @param archives like {@code files}, but unpacked
 * @param command program and arguments, at least the program
 */
public record Release(
    ImmutableMap<String, String> env,
    ImmutableList<String> files,
    ImmutableList<String> archives,
    ImmutableList<String> command) {

  private static final String FIRST_FILE = "job.json";

  /**
   * Name of the file in the service's staging directory that describes it with a release.
   *
   * @param number at least 1, which is what was submitted
   */
  public static String file(int number) {
    return number == 1 ? FIRST_FILE : "release-%d.json".formatted(number);
  }
}
