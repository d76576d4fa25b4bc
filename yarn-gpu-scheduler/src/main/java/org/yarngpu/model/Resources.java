package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * What a member takes, or a node has.
 *
 * @param memoryMib memory in MiB, at least 0
 * @param vcores virtual cores, at least 0
 * @param gpus whole devices, at least 0
 */
public record Resources(long memoryMib, int vcores, int gpus) {

  public static final Resources NONE = new Resources(0, 0, 0);

  public Resources {
    checkArgument(
        memoryMib >= 0 && vcores >= 0 && gpus >= 0,
        "resources must not be negative: memoryMib %s, vcores %s, gpus %s",
        memoryMib,
        vcores,
        gpus);
  }

  public Resources plus(Resources other) {
    return new Resources(memoryMib + other.memoryMib, vcores + other.vcores, gpus + other.gpus);
  }

  /** The difference, no component below zero. */
  public Resources minusAtMost(Resources other) {
    return new Resources(
        Math.max(0, memoryMib - other.memoryMib),
        Math.max(0, vcores - other.vcores),
        Math.max(0, gpus - other.gpus));
  }

  public Resources times(int count) {
    return new Resources(memoryMib * count, vcores * count, gpus * count);
  }

  public boolean fitsIn(Resources room) {
    return memoryMib <= room.memoryMib && vcores <= room.vcores && gpus <= room.gpus;
  }

  /**
   * How many of this fit into {@code room}, at most {@code limit}; a zero component never binds.
   */
  public int countIn(Resources room, int limit) {
    long count = limit;
    if (memoryMib > 0) {
      count = Math.min(count, room.memoryMib / memoryMib);
    }
    if (vcores > 0) {
      count = Math.min(count, room.vcores / vcores);
    }
    if (gpus > 0) {
      count = Math.min(count, room.gpus / gpus);
    }
    return (int) count;
  }

  /** The largest share of {@code whole} that any component takes; 0 where the whole has none. */
  public double dominantShareOf(Resources whole) {
    double share = 0;
    if (whole.memoryMib > 0) {
      share = Math.max(share, (double) memoryMib / whole.memoryMib);
    }
    if (whole.vcores > 0) {
      share = Math.max(share, (double) vcores / whole.vcores);
    }
    if (whole.gpus > 0) {
      share = Math.max(share, (double) gpus / whole.gpus);
    }
    return share;
  }
}
