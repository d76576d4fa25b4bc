package org.yarngpu.sim.fast;

import java.util.Comparator;
import java.util.PriorityQueue;

/** What will happen, by time, then kind, then the order in which it was put in: runs repeat. */
final class EventQueue {

  /** Kinds, in the order in which those of one instant happen. */
  enum Kind {
    END,
    LEFT,
    NODE_LOST,
    NODE_BACK,
    ARRIVAL,
    SCALE,
    DECISION
  }

  /**
   * Something that happens.
   *
   * @param timeMs since the start of the trace
   * @param kind what
   * @param subject number of the job, node or service; 0 for a decision
   * @param attempt which of the job's attempts ends or has left; an earlier one is void
   */
  record Event(long timeMs, Kind kind, int subject, int attempt, long sequence) {}

  private static final Comparator<Event> ORDER =
      Comparator.comparingLong(Event::timeMs)
          .thenComparing(Event::kind)
          .thenComparingLong(Event::sequence);

  private final PriorityQueue<Event> events = new PriorityQueue<>(ORDER);
  private long sequence;

  void add(long timeMs, Kind kind, int subject, int attempt) {
    events.add(new Event(timeMs, kind, subject, attempt, sequence++));
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
