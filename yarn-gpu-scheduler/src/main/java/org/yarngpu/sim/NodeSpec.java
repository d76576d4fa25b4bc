package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * A node of a simulated cluster.
 *
 * @param name unique
 * @param rack network location
 * @param gpuModel of all its GPUs; empty where models do not matter
 * @param speed of one of its GPUs, relative to that of speed 1, above 0
 * @param gpus whole devices, at least 1
 */
public record NodeSpec(String name, String rack, String gpuModel, double speed, int gpus) {
  public NodeSpec {
    checkArgument(gpus >= 1, "gpus (%s) of node %s must be at least 1", gpus, name);
    checkArgument(speed > 0, "speed (%s) of node %s must be above 0", speed, name);
  }
}
