package org.yarngpu.job;

/**
 * A declaration that cannot be followed. The message is one sentence for the user: name, value,
 * accepted values, and the channel that the value came through.
 */
public final class DeclarationException extends Exception {

  /** What every message starts with; stable, programs may look for it. */
  public static final String CODE = "BAD_DECLARATION";

  private static final long serialVersionUID = 1;

  DeclarationException(String sentence) {
    super(CODE + ": " + sentence);
  }
}
