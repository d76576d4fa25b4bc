package org.yarngpu.predict;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.OptionalDouble;

/**
 * Who a job is, as it was submitted. An empty text is unknown.
 *
 * @param user owner
 * @param name of the application, as given
 * @param declaredJob {@code gpu.job}, the user's own name for what recurs
 * @param queue leaf queue, by its path or the last part of it
 * @param gpus of the whole gang at its minimum width, at least 0
 * @param declaredSeconds {@code gpu.runtime}, the user's own estimate; unknown unless above 0 and
 *     finite
 */
public record JobIdentity(
    String user,
    String name,
    String declaredJob,
    String queue,
    int gpus,
    OptionalDouble declaredSeconds) {
  public JobIdentity {
    checkArgument(gpus >= 0, "gpus (%s) of job %s must be at least 0", gpus, name);
    if (declaredSeconds.isPresent()
        && !(declaredSeconds.getAsDouble() > 0 && Double.isFinite(declaredSeconds.getAsDouble()))) {
      declaredSeconds = OptionalDouble.empty();
    }
  }
}
