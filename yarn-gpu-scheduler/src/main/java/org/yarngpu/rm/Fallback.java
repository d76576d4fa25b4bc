package org.yarngpu.rm;

/**
 * Decides when planning has failed too often, and when it works again. Confined to the loop.
 *
 * <p>After some failures in a row, asks with a GPU are handed to the stock path, container by
 * container; ten good cycles in a row end that.
 */
final class Fallback {
  static final int GOOD_CYCLES_TO_END = 10;

  private int failuresInRow;
  private int goodInRow;
  private boolean active;

  /** Whether the GPU asks are on the stock path. */
  boolean active() {
    return active;
  }

  int failuresInRow() {
    return failuresInRow;
  }

  /** Notes a failed cycle; returns true if the fallback begins with it. */
  boolean failed(int afterFailures) {
    failuresInRow++;
    goodInRow = 0;
    boolean begins = !active && failuresInRow >= afterFailures;
    active |= begins;
    return begins;
  }

  /** Notes a good cycle; returns true if the fallback ends with it. */
  boolean succeeded() {
    failuresInRow = 0;
    goodInRow++;
    boolean ends = active && goodInRow >= GOOD_CYCLES_TO_END;
    active &= !ends;
    return ends;
  }
}
