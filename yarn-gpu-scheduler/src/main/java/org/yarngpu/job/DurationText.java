package org.yarngpu.job;

import com.google.common.base.Ascii;
import java.time.Duration;
import java.util.Locale;
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

  /**
   * Rounded, in the largest unit of which there is at least one: {@code 42.0 s}, {@code 3.1 min}.
   */
  public static String rounded(double seconds) {
    double size = Math.abs(seconds);
    if (size < 59.95) {
      return decimal("%.1f s", seconds);
    }
    if (size < 59.95 * 60) {
      return decimal("%.1f min", seconds / 60);
    }
    return size < 47.95 * 3600
        ? decimal("%.1f h", seconds / 3600)
        : decimal("%.1f d", seconds / 86_400);
  }

  private static String decimal(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  static boolean inRange(Duration duration) {
    return duration.toSeconds() >= 1 && duration.compareTo(MAX) <= 0;
  }
}
