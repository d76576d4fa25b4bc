package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * How a gang's speed grows with its width: that of w members is w to the power of an exponent, so
 * that each member more adds less than the one before.
 *
 * <p>Source of the form: Li et al., "Lyra: Elastic Scheduling for Deep Learning Clusters", EuroSys
 * 2023, takes the speed of its elastic jobs to be proportional to their width (exponent 1) and
 * reports what is lost where it is not; Qiao et al., "Pollux", OSDI 2021, and Subramanya et al.,
 * "Sia", SOSP 2023, fit a goodput of several parameters to each job, which grows less than
 * proportionally. One exponent for all is this project's.
 *
 * @param exponent above 0, at most 1
 */
public record WidthScaling(double exponent) {

  /** What the planner and forecasts take to be so. */
  public static final WidthScaling ASSUMED = new WidthScaling(0.9);

  public WidthScaling {
    checkArgument(exponent > 0 && exponent <= 1, "exponent (%s) must lie in (0, 1]", exponent);
  }

  /**
   * The speed of a width in units of that of another.
   *
   * @param width members, at least 1
   * @param reference members, at least 1
   */
  public double speed(int width, int reference) {
    return width == reference ? 1 : Math.pow((double) width / reference, exponent);
  }
}
