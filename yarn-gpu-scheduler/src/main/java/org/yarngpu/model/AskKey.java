package org.yarngpu.model;

import java.util.Comparator;

/**
 * Which of an application's asks, as the application master numbers them; a role of a gang.
 *
 * @param priority YARN's request priority: lower is asked first
 * @param allocationRequestId 0 unless the application master tells equal priorities apart
 */
public record AskKey(int priority, long allocationRequestId) implements Comparable<AskKey> {
  private static final Comparator<AskKey> ORDER =
      Comparator.comparingInt(AskKey::priority).thenComparingLong(AskKey::allocationRequestId);

  @Override
  public int compareTo(AskKey other) {
    return ORDER.compare(this, other);
  }
}
