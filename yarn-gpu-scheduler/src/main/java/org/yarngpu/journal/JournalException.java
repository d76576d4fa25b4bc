package org.yarngpu.journal;

/** A journal that cannot be read; the message names the file, the line and the remedy. */
public final class JournalException extends Exception {
  private static final long serialVersionUID = 1;

  public JournalException(String message) {
    super(message);
  }
}
