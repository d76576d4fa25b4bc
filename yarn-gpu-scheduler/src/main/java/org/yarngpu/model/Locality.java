package org.yarngpu.model;

import com.google.common.collect.ImmutableSortedSet;

/**
 * Where an ask insists to run. A mere preference for a host is not kept: gangs pack.
 *
 * @param anywhere no restriction; {@code hosts} and {@code racks} are then empty
 * @param hosts hosts that will do
 * @param racks racks all of whose hosts will do
 */
public record Locality(
    boolean anywhere, ImmutableSortedSet<String> hosts, ImmutableSortedSet<String> racks) {

  public static final Locality ANYWHERE =
      new Locality(true, ImmutableSortedSet.of(), ImmutableSortedSet.of());

  public boolean allows(Node node) {
    return anywhere || hosts.contains(node.host()) || racks.contains(node.rack());
  }
}
