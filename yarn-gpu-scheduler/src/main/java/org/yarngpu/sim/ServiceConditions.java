package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import org.yarngpu.scale.ReplicaBounds;

/**
 * The service that is scaled.
 *
 * @param serviceRate requests per second that one replica serves, positive
 * @param objectiveMs longest wait that is no violation, at least 0
 * @param startDelayMs from the wish for a replica until it serves, at least 0
 */
public record ServiceConditions(
    double serviceRate, double objectiveMs, long startDelayMs, ReplicaBounds bounds) {

  /** Time between two decisions. */
  public static final long PERIOD_MS = 30_000;

  public ServiceConditions {
    checkArgument(
        serviceRate > 0 && Double.isFinite(serviceRate),
        "serviceRate (%s) must be positive",
        serviceRate);
    checkArgument(objectiveMs >= 0, "objectiveMs (%s) is negative", objectiveMs);
    checkArgument(startDelayMs >= 0, "startDelayMs (%s) is negative", startDelayMs);
  }
}
