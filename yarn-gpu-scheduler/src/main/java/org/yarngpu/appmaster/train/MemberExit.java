package org.yarngpu.appmaster.train;

import org.apache.hadoop.yarn.api.records.ContainerId;

/**
 * The end of a member.
 *
 * @param id its container
 * @param cause who ended it
 * @param code as YARN reports it: the program's, or below zero where YARN ended the container
 * @param diagnostics YARN's words about it, may be empty
 */
record MemberExit(ContainerId id, Cause cause, int code, String diagnostics) {

  /** Who ended a member. */
  enum Cause {
    /** It ended by itself, or was lost with its node. */
    OWN,
    /** The scheduler took its GPUs; not the job's fault, so not counted as a failure. */
    EVICTION
  }

  boolean succeeded() {
    return code == 0;
  }
}
