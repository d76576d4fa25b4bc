package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.math.IntMath;
import com.google.common.math.LongMath;

/**
 * What a member takes, or a node has. Sums and products that are too large stay at the largest
 * number: nobody has that much, and an application master may ask for anything.
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
    return new Resources(
        LongMath.saturatedAdd(memoryMib, other.memoryMib),
        IntMath.saturatedAdd(vcores, other.vcores),
        IntMath.saturatedAdd(gpus, other.gpus));
  }

  /** The difference, no component below zero. */
  public Resources minusAtMost(Resources other) {
    return new Resources(
        Math.max(0, memoryMib - other.memoryMib),
        Math.max(0, vcores - other.vcores),
        Math.max(0, gpus - other.gpus));
  }

  public Resources times(int count) {
    return new Resources(
        LongMath.saturatedMultiply(memoryMib, count),
        IntMath.saturatedMultiply(vcores, count),
        IntMath.saturatedMultiply(gpus, count));
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

  /** How many of these GPUs {@code room} has together with their part of memory and vcores. */
  public int gpusUsableIn(Resources room) {
    long usable = Math.min(gpus, room.gpus);
    if (memoryMib > 0) {
      usable = Math.min(usable, LongMath.saturatedMultiply(gpus, room.memoryMib) / memoryMib);
    }
    if (vcores > 0) {
      usable = Math.min(usable, (long) gpus * room.vcores / vcores);
    }
    return (int) usable;
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
