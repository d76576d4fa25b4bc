package org.yarngpu.job;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How an application master tells the scheduler when its job last saved its work: among the hosts
 * that it excludes is one of the name {@code gpu.saved=1764009600000}, in epoch milliseconds. The
 * scheduler takes it out of the list; under any other scheduler it is a host that is not there.
 */
public final class SavedMark {

  private static final String PREFIX = "gpu.saved=";

  private static final Pattern FORM =
      Pattern.compile(Pattern.quote(PREFIX) + "(0|[1-9][0-9]{0,14})");

  private static final long MAX = 999_999_999_999_999L;

  private SavedMark() {}

  /**
   * Returns the name to exclude.
   *
   * @param savedMs epoch milliseconds, in [0, 10^15)
   */
  public static String of(long savedMs) {
    checkArgument(0 <= savedMs && savedMs <= MAX, "savedMs (%s) must lie in [0, %s]", savedMs, MAX);
    return PREFIX + savedMs;
  }

  /** Whether the name is meant as a mark, well-formed or not. */
  public static boolean isMark(String host) {
    return host.startsWith(PREFIX);
  }

  /** Returns when the job saved, epoch milliseconds; empty if the name says nothing of the kind. */
  public static OptionalLong parse(String host) {
    Matcher matcher = FORM.matcher(host);
    return matcher.matches()
        ? OptionalLong.of(Long.parseLong(matcher.group(1)))
        : OptionalLong.empty();
  }
}
