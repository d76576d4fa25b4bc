package org.yarngpu.sim.predict;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * The last thousand ratios of run time to what a rule believed, all jobs together: they give a rule
 * that only names a figure its 0.9 quantile.
 *
 * <p>Source: split conformal prediction, Papadopoulos et al., "Inductive confidence machines for
 * regression", ECML 2002; here over a window, so that it follows a trace that changes.
 */
final class PastRatios {
  private static final int LAST = 1000;
  private static final double SHARE = 0.9;

  private final Deque<Double> oldestFirst = new ArrayDeque<>();
  private final double[] sorted = new double[LAST];
  private int known;

  void add(double ratio) {
    if (known == LAST) {
      remove(oldestFirst.removeFirst());
    }
    oldestFirst.addLast(ratio);
    int at = place(ratio);
    System.arraycopy(sorted, at, sorted, at + 1, known - at);
    sorted[at] = ratio;
    known++;
  }

  private void remove(double ratio) {
    int at = place(ratio);
    System.arraycopy(sorted, at + 1, sorted, at, known - at - 1);
    known--;
  }

  private int place(double ratio) {
    int found = Arrays.binarySearch(sorted, 0, known, ratio);
    return found >= 0 ? found : -found - 1;
  }

  /** The k-th smallest of n, k = ceil(0.9 (n + 1)); the largest if there are too few; 1 if none. */
  double most() {
    int rank = (int) Math.ceil(SHARE * (known + 1) - 1e-9);
    return known == 0 ? 1 : sorted[Math.min(known, rank) - 1];
  }
}
