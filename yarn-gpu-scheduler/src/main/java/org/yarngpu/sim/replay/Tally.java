package org.yarngpu.sim.replay;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;

/** The sums of a replay. A gang is counted once, in however many cycles it would fare otherwise. */
public final class Tally {
  private final TreeMap<String, Fate> byQueue = new TreeMap<>();
  private long cycles;
  private long differing;
  private long tornLines;

  /** The gangs of one queue. */
  private static final class Fate {
    final Set<String> winners = new HashSet<>();
    final Set<String> losers = new HashSet<>();
    final Set<String> refused = new HashSet<>();
  }

  /**
   * The gangs of one queue, counted.
   *
   * @param winners would start in a cycle in which they waited
   * @param losers would wait in a cycle in which they started
   * @param refused would be refused for good in a cycle in which they started or waited
   */
  public record Gangs(int winners, int losers, int refused) {}

  public void add(CycleChanges cycle) {
    cycles++;
    differing += cycle.changes().isEmpty() ? 0 : 1;
    for (Change change : cycle.changes()) {
      switch (change.kind()) {
        case STARTS -> fate(change).winners.add(change.subject());
        case WAITS -> fate(change).losers.add(change.subject());
        case REFUSED -> fate(change).refused.add(change.subject());
        default -> {}
      }
    }
  }

  /** Notes how many last lines of files were not whole. */
  public void torn(long lines) {
    tornLines = lines;
  }

  public long cycles() {
    return cycles;
  }

  /** Cycles with at least one change. */
  public long differing() {
    return differing;
  }

  public long tornLines() {
    return tornLines;
  }

  /** By queue; only those with any. */
  public ImmutableSortedMap<String, Gangs> byQueue() {
    return ImmutableSortedMap.copyOf(
        Maps.transformValues(
            byQueue,
            fate -> new Gangs(fate.winners.size(), fate.losers.size(), fate.refused.size())));
  }

  private Fate fate(Change change) {
    return byQueue.computeIfAbsent(change.queue(), queue -> new Fate());
  }
}
