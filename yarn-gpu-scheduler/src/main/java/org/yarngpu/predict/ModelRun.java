package org.yarngpu.predict;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Where a job ran, if it was on one GPU model all the time.
 *
 * @param model of all its GPUs
 * @param seconds how long it held them, above 0
 */
public record ModelRun(String model, double seconds) {
  public ModelRun {
    checkArgument(seconds > 0 && Double.isFinite(seconds), "seconds (%s) must be above 0", seconds);
  }
}
