package org.yarngpu.scale;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.stream.DoubleStream;

/** The same number of replicas all the time: what a busy moment of past days needs. */
public record Static(int replicas) implements ScalePolicy {

  /** The share of the minutes learned from that fit. */
  private static final double SHARE = 0.999;

  /**
   * Sized once.
   *
   * @param loads mean requests per second of past minutes; unknown ones do not count
   */
  public static Static of(
      ImmutableDoubleArray loads, double serviceRate, ErlangC sizing, ReplicaBounds bounds) {
    double[] known = loads.stream().filter(Signals::isKnown).sorted().toArray();
    double load =
        DoubleStream.of(known)
            .skip(Math.max(0, (long) Math.ceil(SHARE * known.length) - 1))
            .findFirst()
            .orElse(0);
    return new Static(sizing.replicas(load, serviceRate, bounds));
  }

  @Override
  public Decision decide(Signals signals, Memory memory) {
    return new Decision(replicas, memory);
  }
}
