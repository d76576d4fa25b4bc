package org.yarngpu.sim.report;

import static com.google.common.base.Preconditions.checkArgument;

/** How many GPUs a gang has in all: one, a part of a node, a node, two nodes, more. */
public enum SizeClass {
  ONE("1", 1),
  UP_TO_4("2-4", 4),
  UP_TO_8("5-8", 8),
  UP_TO_16("9-16", 16),
  ABOVE_16("17+", Integer.MAX_VALUE);

  private final String label;
  private final int gpusMax;

  SizeClass(String label, int gpusMax) {
    this.label = label;
    this.gpusMax = gpusMax;
  }

  /** As tables and files write it, such as {@code 5-8}. */
  public String label() {
    return label;
  }

  /** The class of a gang with so many GPUs, at least 1. */
  public static SizeClass of(int gpus) {
    checkArgument(gpus >= 1, "a gang has at least one GPU, not %s", gpus);
    for (SizeClass size : values()) {
      if (gpus <= size.gpusMax) {
        return size;
      }
    }
    throw new AssertionError(gpus);
  }
}
