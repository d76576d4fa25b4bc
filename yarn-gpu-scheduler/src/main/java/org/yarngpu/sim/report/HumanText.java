package org.yarngpu.sim.report;

import java.util.Locale;
import java.util.OptionalDouble;
import org.yarngpu.job.DurationText;

/** Numbers as people read them; a dash where there is none. */
final class HumanText {
  static final String NONE = "-";

  private HumanText() {}

  /** In the largest unit of which there is at least one: {@code 42.0 s}, {@code 3.1 min}. */
  static String duration(OptionalDouble seconds) {
    return seconds.isEmpty() ? NONE : duration(seconds.getAsDouble());
  }

  /** In the largest unit of which there is at least one: {@code 42.0 s}, {@code 3.1 min}. */
  static String duration(double seconds) {
    return DurationText.rounded(seconds);
  }

  /** With three digits: {@code 0.41}, {@code 12.3}. */
  static String ratio(OptionalDouble ratio) {
    return ratio.isEmpty() ? NONE : ratio(ratio.getAsDouble());
  }

  /** With three digits: {@code 0.41}, {@code 12.3}. */
  static String ratio(double ratio) {
    if (ratio < 9.995) {
      return decimal("%.2f", ratio);
    }
    return ratio < 99.95 ? decimal("%.1f", ratio) : decimal("%,.0f", ratio);
  }

  /** Of a share in [0, 1]: {@code 71 %}. */
  static String percent(OptionalDouble share) {
    return share.isEmpty() ? NONE : decimal("%.0f %%", share.getAsDouble() * 100);
  }

  /** With thousands apart: {@code 12,000}. */
  static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  private static String decimal(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
