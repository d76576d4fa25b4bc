package org.yarngpu.predict;

/**
 * Whether forecasts of jobs that were not predictable so far are left out of their order, which
 * then goes by attained service alone. A safety device: no gain in waiting time was measured.
 */
public enum Gate {
  ON,
  OFF
}
