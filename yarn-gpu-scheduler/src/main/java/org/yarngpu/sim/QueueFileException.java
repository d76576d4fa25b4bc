package org.yarngpu.sim;

/** A queue file that cannot be simulated; the message names the file, the key and the remedy. */
public final class QueueFileException extends Exception {
  private static final long serialVersionUID = 1;

  public QueueFileException(String message) {
    super(message);
  }
}
