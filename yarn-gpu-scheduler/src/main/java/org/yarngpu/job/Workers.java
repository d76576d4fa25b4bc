package org.yarngpu.job;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many workers a job has, as people write it: {@code 4}, or {@code 2..8} for an elastic one.
 *
 * @param min fewest that may run, in [1, {@value Declaration#MEMBERS_MAX}]
 * @param max most that are of use, in [min, {@value Declaration#MEMBERS_MAX}]
 */
public record Workers(int min, int max) {

  /** What is accepted, in words. */
  public static final String ACCEPTED =
      "a whole number from 1 to "
          + Declaration.MEMBERS_MAX
          + ", or two such as 2..8, the smaller first";

  private static final Pattern FORM = Pattern.compile("([0-9]{1,6})(?:\\.\\.([0-9]{1,6}))?");

  /** Returns the numbers, or empty where the text is none or one lies out of range. */
  public static Optional<Workers> parse(String text) {
    Matcher matcher = FORM.matcher(text.trim());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    int min = Integer.parseInt(matcher.group(1));
    int max = matcher.group(2) == null ? min : Integer.parseInt(matcher.group(2));
    return 1 <= min && min <= max && max <= Declaration.MEMBERS_MAX
        ? Optional.of(new Workers(min, max))
        : Optional.empty();
  }

  @Override
  public String toString() {
    return min == max ? Integer.toString(min) : min + ".." + max;
  }
}
