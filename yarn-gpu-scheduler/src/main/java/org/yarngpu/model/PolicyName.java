package org.yarngpu.model;

import com.google.common.base.Ascii;

/** How gangs are ordered and GPUs promised, as configuration and journals name it. */
public enum PolicyName {
  /** By priority and submission; the first that does not fit holds what becomes free. */
  PRIORITY,
  /** By forecast; the first that do not fit are reserved by forecast, others fill the time. */
  PREDICTED;

  /** Its name where people write it. */
  public String text() {
    return Ascii.toLowerCase(name());
  }

  /**
   * The policy of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PolicyName of(String text) {
    for (PolicyName policy : values()) {
      if (policy.text().equals(text)) {
        return policy;
      }
    }
    throw new IllegalArgumentException("there is no policy \"%s\"".formatted(text));
  }
}
