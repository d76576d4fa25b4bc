package org.yarngpu.job;

import com.google.common.base.Ascii;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes of memory as people write them: {@code 4096} (MiB), {@code 512m}, {@code 4g}. */
public final class MemoryText {

  /** What is accepted, in words. */
  public static final String ACCEPTED =
      "a size of memory up to " + JobSpec.MEMORY_MIB_MAX + " MiB, such as 4096 (MiB), 512m or 4g";

  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})\\s*([mg]?)(?:i?b)?");

  private MemoryText() {}

  /** Returns the size in MiB, or empty where the text is none or lies out of range. */
  public static OptionalInt parseMib(String text) {
    Matcher matcher = FORM.matcher(Ascii.toLowerCase(text.trim()));
    if (!matcher.matches()) {
      return OptionalInt.empty();
    }
    long mib = Long.parseLong(matcher.group(1)) * ("g".equals(matcher.group(2)) ? 1024 : 1);
    return 1 <= mib && mib <= JobSpec.MEMORY_MIB_MAX
        ? OptionalInt.of((int) mib)
        : OptionalInt.empty();
  }
}
