package org.yarngpu.scale;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/** The loads of the last ten minutes, as they were read; not thread-safe. */
final class LoadWindow {
  private static final long SAMPLE_MS = 1000L * Signals.SAMPLE_SECONDS;
  private static final long KEPT_MS = SAMPLE_MS * Signals.SAMPLES_MAX;

  private record Load(long atMs, double perSecond) {}

  private final Deque<Load> loads = new ArrayDeque<>();

  /** Adds a load; one that is not newer than the last, or not known, is none. */
  boolean add(long atMs, double perSecond) {
    boolean news = loads.isEmpty() || atMs > loads.getLast().atMs;
    if (!news || !Signals.isKnown(perSecond)) {
      return false;
    }
    loads.addLast(new Load(atMs, perSecond));
    while (loads.getFirst().atMs <= atMs - KEPT_MS) {
      loads.removeFirst();
    }
    return true;
  }

  /** Mean loads of the last samples' times, newest last, NaN where none was read. */
  ImmutableDoubleArray samples(long nowMs) {
    double[] sums = new double[Signals.SAMPLES_MAX];
    int[] counts = new int[Signals.SAMPLES_MAX];
    for (Load load : loads) {
      long back = Math.max(0, nowMs - load.atMs) / SAMPLE_MS;
      if (back < Signals.SAMPLES_MAX) {
        int index = Signals.SAMPLES_MAX - 1 - (int) back;
        sums[index] += load.perSecond;
        counts[index]++;
      }
    }
    double[] means = new double[Signals.SAMPLES_MAX];
    Arrays.setAll(means, index -> counts[index] == 0 ? Double.NaN : sums[index] / counts[index]);
    return ImmutableDoubleArray.copyOf(means);
  }

  /** Mean of what was read in a minute; NaN without any. */
  double mean(long minute) {
    return loads.stream()
        .filter(load -> load.atMs / 60_000 == minute)
        .mapToDouble(Load::perSecond)
        .average()
        .orElse(Double.NaN);
  }
}
