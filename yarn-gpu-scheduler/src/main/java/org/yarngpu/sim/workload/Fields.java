package org.yarngpu.sim.workload;

import com.google.common.base.Strings;
import com.google.common.primitives.Doubles;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The fields of one row by name, with the checks that all formats share. */
final class Fields {

  /** Times beyond 30,000 years are taken for a mistake. */
  private static final double SECONDS_MAX = 1e12;

  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

  private final Function<String, @Nullable String> texts;

  Fields(Function<String, @Nullable String> texts) {
    this.texts = texts;
  }

  /** The text as it stands there; empty if the field is absent. */
  String text(String name) {
    return Strings.nullToEmpty(texts.apply(name));
  }

  /** Whether the field says something; {@code None} is how Python writes that it does not. */
  boolean has(String name) {
    String text = text(name).trim();
    return !text.isEmpty() && !text.equals("None") && !text.equals("null");
  }

  /** A text that must not be empty. */
  String required(String name) throws MalformedException {
    if (!has(name)) {
      throw new MalformedException(name + " is missing");
    }
    return text(name);
  }

  /** A number of at least 0. */
  double number(String name) throws MalformedException {
    Double number = Doubles.tryParse(required(name).trim());
    if (number == null || !(number >= 0) || number > SECONDS_MAX * 1e3) {
      throw new MalformedException(
          "%s is \"%s\" but must be a number of at least 0".formatted(name, text(name)));
    }
    return number;
  }

  /** A whole number of at least 0; {@code 8.0} is one. */
  int count(String name) throws MalformedException {
    double number = number(name);
    if (number != Math.rint(number) || number > Integer.MAX_VALUE) {
      throw new MalformedException(
          "%s is \"%s\" but must be a whole number".formatted(name, text(name)));
    }
    return (int) number;
  }

  /** A whole number, 0 if the field is absent. */
  int integer(String name) throws MalformedException {
    if (!has(name)) {
      return 0;
    }
    Double number = Doubles.tryParse(text(name).trim());
    if (number == null || number != number.intValue()) {
      throw new MalformedException(
          "%s is \"%s\" but must be a whole number".formatted(name, text(name)));
    }
    return number.intValue();
  }

  /** Seconds of at least 0, as milliseconds to the nearest. */
  long secondsAsMs(String name) throws MalformedException {
    if (number(name) > SECONDS_MAX) {
      throw new MalformedException(
          "%s is \"%s\", more than %.0f seconds".formatted(name, text(name), SECONDS_MAX));
    }
    return new BigDecimal(text(name).trim())
        .movePointRight(3)
        .setScale(0, RoundingMode.HALF_UP)
        .longValueExact();
  }

  OptionalLong optionalSecondsAsMs(String name) throws MalformedException {
    return has(name) ? OptionalLong.of(secondsAsMs(name)) : OptionalLong.empty();
  }

  /** Whole milliseconds of at least 0. */
  long ms(String name) throws MalformedException {
    return Math.round(number(name));
  }

  /**
   * A time such as {@code 2017-10-07 01:12:09}, in milliseconds. Traces give none of their time
   * zones, so an hour is missing or doubled where clocks are changed.
   */
  long timestampMs(String name) throws MalformedException {
    try {
      return LocalDateTime.parse(required(name).trim(), TIMESTAMP)
          .toInstant(ZoneOffset.UTC)
          .toEpochMilli();
    } catch (DateTimeParseException malformed) {
      throw new MalformedException(
          "%s is \"%s\" but must be a time such as 2017-10-07 01:12:09"
              .formatted(name, text(name)));
    }
  }
}
