package org.yarngpu.client;

/** A job that cannot be submitted as described; the message is one sentence for the user. */
public final class SubmissionException extends Exception {

  private static final long serialVersionUID = 1;

  SubmissionException(String message) {
    super(message);
  }
}
