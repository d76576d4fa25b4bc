package org.yarngpu.storage;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.OptionalLong;

/** An instant as a part of a file name, in UTC: names sort by it. */
public final class FileTime {
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);

  private FileTime() {}

  /** Such as {@code 20260131T235959.999Z}. */
  public static String text(long ms) {
    return FORM.format(Instant.ofEpochMilli(ms));
  }

  /** Milliseconds since 1970, or empty where the text is none of ours. */
  public static OptionalLong ms(String text) {
    try {
      return OptionalLong.of(FORM.parse(text, Instant::from).toEpochMilli());
    } catch (DateTimeParseException e) {
      return OptionalLong.empty();
    }
  }
}
