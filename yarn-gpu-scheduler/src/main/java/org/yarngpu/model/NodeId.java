package org.yarngpu.model;

/**
 * A node, ordered by name so that ties can be broken.
 *
 * @param value {@code host:port}, as YARN identifies a NodeManager
 */
public record NodeId(String value) implements Comparable<NodeId> {
  @Override
  public int compareTo(NodeId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
