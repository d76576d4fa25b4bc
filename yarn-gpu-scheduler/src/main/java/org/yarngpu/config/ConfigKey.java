package org.yarngpu.config;

import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One key of {@code gpu-scheduler.xml}, defined once.
 *
 * @param name full name
 * @param defaultText as it would stand in the file
 * @param parser throws IllegalArgumentException on what it cannot read
 * @param accepts the range
 * @param accepted the range, as the end of "must be …"
 * @param description one sentence
 */
public record ConfigKey<T>(
    String name,
    String defaultText,
    Function<String, T> parser,
    Predicate<T> accepts,
    String accepted,
    String description) {

  /**
   * Reads one value.
   *
   * @throws ConfigException naming key, value and what is accepted
   */
  public T parse(String text) {
    try {
      T value = parser.apply(text.trim());
      if (accepts.test(value)) {
        return value;
      }
    } catch (IllegalArgumentException unreadable) {
      // Falls through to the one message that serves both.
    }
    throw new ConfigException("%s is \"%s\" but must be %s.".formatted(name, text, accepted));
  }
}
