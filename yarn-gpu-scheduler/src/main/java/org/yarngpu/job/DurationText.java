package org.yarngpu.job;

import com.google.common.base.Ascii;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 90} (seconds), {@code 90s}, {@code 15m}, {@code 2h}. */
public final class DurationText {

  /** What is accepted, in words. */
  public static final String ACCEPTED =
      "a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d";

  static final Duration MAX = Duration.ofDays(365);

  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})\\s*([smhd]?)");

  private DurationText() {}

  /** Returns the duration, or empty where the text is none or lies out of range. */
  public static Optional<Duration> parse(String text) {
    Matcher matcher = FORM.matcher(Ascii.toLowerCase(text.trim()));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long count = Long.parseLong(matcher.group(1));
    Duration duration =
        switch (matcher.group(2)) {
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          case "d" -> Duration.ofDays(count);
          default -> Duration.ofSeconds(count);
        };
    return inRange(duration) ? Optional.of(duration) : Optional.empty();
  }

  /** Returns the whole seconds of a duration as a text that {@link #parse} reads back. */
  static String print(Duration duration) {
    return Long.toString(duration.toSeconds());
  }

  static boolean inRange(Duration duration) {
    return duration.toSeconds() >= 1 && duration.compareTo(MAX) <= 0;
  }
}
