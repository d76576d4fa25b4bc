package org.yarngpu.job;

/**
 * A job file that cannot be followed; the message is for the user: file, field, what is accepted.
 */
public final class JobSpecException extends Exception {

  private static final long serialVersionUID = 1;

  JobSpecException(String message) {
    super(message);
  }
}
