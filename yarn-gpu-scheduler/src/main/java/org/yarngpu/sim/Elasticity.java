package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;
import org.yarngpu.model.WidthScaling;

/**
 * Which jobs of a workload are elastic, and how: no trace says so. Whether a job is one is drawn by
 * seed; the jobs of a smaller share are among those of a larger one with the same seed.
 *
 * @param share of the jobs, in [0, 1]
 * @param minimumFactor the fewest members in those of the trace, above 0 and at most 1; rounded up
 * @param maximumFactor the most members in those of the trace, at least 1; rounded down
 * @param scaling how fast they really are, in units of their speed at the width of the trace
 */
public record Elasticity(
    double share, double minimumFactor, double maximumFactor, WidthScaling scaling) {

  /** No job is elastic. */
  public static final Elasticity NONE = new Elasticity(0, 0.5, 2, WidthScaling.ASSUMED);

  public Elasticity {
    checkArgument(share >= 0 && share <= 1, "share (%s) must lie in [0, 1]", share);
    checkArgument(
        minimumFactor > 0 && minimumFactor <= 1,
        "minimumFactor (%s) must lie in (0, 1]",
        minimumFactor);
    checkArgument(
        maximumFactor >= 1 && maximumFactor <= 1000,
        "maximumFactor (%s) must lie in [1, 1000]",
        maximumFactor);
  }

  /**
   * The widths of a job; empty if it is not elastic.
   *
   * @param draw uniform in [0, 1)
   */
  public Optional<Widths> of(Job job, double draw) {
    int minimum = (int) Math.max(1, Math.ceil(job.members() * minimumFactor - 1e-9));
    int maximum = (int) Math.floor(job.members() * maximumFactor + 1e-9);
    return draw < share && minimum < maximum
        ? Optional.of(new Widths(minimum, maximum))
        : Optional.empty();
  }
}
