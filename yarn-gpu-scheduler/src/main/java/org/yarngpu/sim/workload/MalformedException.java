package org.yarngpu.sim.workload;

/** A row of a trace that is not a job; the message says why. Reading goes on with the next row. */
final class MalformedException extends Exception {

  private static final long serialVersionUID = 1;

  private final String reason;

  MalformedException(String reason) {
    super(reason);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
