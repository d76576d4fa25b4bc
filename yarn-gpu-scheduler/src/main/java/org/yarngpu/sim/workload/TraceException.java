package org.yarngpu.sim.workload;

/** A trace that cannot be used. The message is for the user: what is wrong, and a remedy. */
public final class TraceException extends Exception {

  private static final long serialVersionUID = 1;

  TraceException(String sentence) {
    super(sentence);
  }

  TraceException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
