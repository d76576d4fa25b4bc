package org.yarngpu.scale;

/** How many replicas should a service have? Equal arguments give equal decisions. */
public interface ScalePolicy {

  /** Loads older than this are stale: nobody grows or shrinks by them. */
  long STALE_MS = 60_000;

  /**
   * Decides.
   *
   * @param replicas wanted from now on, those that start included
   * @param memory for the next decision
   */
  record Decision(int replicas, Memory memory) {}

  Decision decide(Signals signals, Memory memory);
}
