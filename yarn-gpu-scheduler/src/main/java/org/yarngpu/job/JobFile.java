package org.yarngpu.job;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * A file that a job wants in its members' working directory.
 *
 * @param location local path or URI
 * @param link name in the working directory
 */
public record JobFile(String location, String link) {

  public JobFile {
    checkArgument(
        !location.isEmpty() && !link.isEmpty() && link.indexOf('/') < 0,
        "%s must name a file, and %s must be a plain name",
        location,
        link);
  }

  /**
   * Returns the file that a text such as {@code data/train.py} or {@code hdfs:///a/b#name} names.
   *
   * @throws IllegalArgumentException if it names none
   */
  public static JobFile parse(String text) {
    int hash = text.lastIndexOf('#');
    String location = hash < 0 ? text : text.substring(0, hash);
    String link =
        hash < 0 ? location.substring(location.lastIndexOf('/') + 1) : text.substring(hash + 1);
    return new JobFile(location, link);
  }

  /** The text that {@link #parse} reads back. */
  @Override
  public String toString() {
    return location + "#" + link;
  }
}
