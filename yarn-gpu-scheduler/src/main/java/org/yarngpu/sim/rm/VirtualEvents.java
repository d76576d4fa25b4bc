package org.yarngpu.sim.rm;

import java.util.Comparator;
import java.util.PriorityQueue;

/** What will happen, by time, then kind, then the order in which it was put in. */
final class VirtualEvents {

  /** Kinds, in the order in which those of one instant happen. */
  enum Kind {
    /** A job has computed all it had to. */
    END,
    NODE_LOST,
    NODE_BACK,
    SUBMISSION,
    /** An application master asks for its members. */
    ASK,
    /** An application master has held a part of its gang for too long. */
    LET_GO,
    /** Nodes beat although nothing happened. */
    BEAT
  }

  /**
   * Something that happens.
   *
   * @param timeMs since the start of the trace
   * @param subject number of the job or node; 0 for a beat
   * @param step which step of the job's application master it belongs to; void once that has gone
   *     on
   */
  record Event(long timeMs, Kind kind, int subject, int step, long sequence) {}

  private final PriorityQueue<Event> events =
      new PriorityQueue<>(
          Comparator.comparingLong(Event::timeMs)
              .thenComparing(Event::kind)
              .thenComparingLong(Event::sequence));
  private long sequence;

  void add(long timeMs, Kind kind, int subject, int step) {
    events.add(new Event(timeMs, kind, subject, step, sequence++));
  }

  boolean isEmpty() {
    return events.isEmpty();
  }

  long nextTimeMs() {
    return events.element().timeMs();
  }

  Event next() {
    return events.remove();
  }
}
