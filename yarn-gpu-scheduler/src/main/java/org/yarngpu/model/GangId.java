package org.yarngpu.model;

/**
 * A gang: one attempt of an application, since a new attempt without its containers needs all of
 * them again.
 *
 * @param value the application attempt id
 */
public record GangId(String value) implements Comparable<GangId> {
  @Override
  public int compareTo(GangId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
