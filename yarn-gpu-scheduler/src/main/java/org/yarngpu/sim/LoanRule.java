package org.yarngpu.sim;

/** How many GPUs of services are lent to jobs. */
public enum LoanRule {
  /** None: jobs that could borrow wait for GPUs of their own queue. */
  NONE,
  /** All that the services do not want now. */
  IDLE,
  /** What they are not expected to want within the hour, as in the ResourceManager. */
  FORECAST
}
