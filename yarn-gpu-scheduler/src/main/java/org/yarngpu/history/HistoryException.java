package org.yarngpu.history;

import com.google.common.base.Strings;

/** A file that is no history, or one that this program cannot read. */
final class HistoryException extends Exception {
  private static final long serialVersionUID = 1;

  HistoryException(String why) {
    super(why);
  }

  HistoryException(IllegalArgumentException why) {
    super(why.getMessage(), why);
  }

  /** Why, as the end of a sentence. */
  String why() {
    return Strings.nullToEmpty(getMessage());
  }
}
