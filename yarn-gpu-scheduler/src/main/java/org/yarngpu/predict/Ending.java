package org.yarngpu.predict;

/** How a job, or its last attempt, stopped holding its GPUs. */
public enum Ending {
  SUCCEEDED,
  FAILED,
  STOPPED_BY_USER,
  EVICTED,
  NODE_LOST,
  /** It got GPUs, but its members never ran. */
  LAUNCH_FAILED;

  /** On what terms a job had its GPUs. */
  public enum Tenure {
    OWN,
    /** On GPUs lent by inference, which may be recalled at any time. */
    LENT
  }

  /**
   * Whether such an end says how long the job runs. What took the GPUs from outside does not; nor
   * does a run on lent GPUs, which end for reasons of their own, unless it succeeded.
   */
  public boolean teaches(Tenure tenure) {
    return switch (this) {
      case SUCCEEDED -> true;
      case FAILED, STOPPED_BY_USER -> tenure == Tenure.OWN;
      case EVICTED, NODE_LOST, LAUNCH_FAILED -> false;
    };
  }
}
