package org.yarngpu.config;

import com.google.common.base.Ascii;

/** Whether running gangs are evicted for waiting ones. */
public enum PreemptionMode {
  OFF,
  /** Nobody is; the log says who would be. */
  OBSERVE,
  ON;

  String text() {
    return Ascii.toLowerCase(name());
  }

  static PreemptionMode of(String text) {
    for (PreemptionMode mode : values()) {
      if (mode.text().equals(text)) {
        return mode;
      }
    }
    throw new IllegalArgumentException("there is no mode \"%s\"".formatted(text));
  }
}
