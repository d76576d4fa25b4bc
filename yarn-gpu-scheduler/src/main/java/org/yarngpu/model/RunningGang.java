package org.yarngpu.model;

import com.google.common.collect.ImmutableList;
import java.util.Optional;

/**
 * A gang that holds GPUs.
 *
 * @param id the application attempt
 * @param members where they run
 * @param waitedMs how long it waited before it started, at least 0
 * @param terms of an eviction; empty where nobody is evicted
 * @param elastic how many of its members are surplus; empty if all must run together
 */
public record RunningGang(
    GangId id,
    ImmutableList<Placement.Member> members,
    long waitedMs,
    Optional<EvictionTerms> terms,
    Optional<Elastic> elastic) {

  /** One that is not elastic. */
  public RunningGang(
      GangId id,
      ImmutableList<Placement.Member> members,
      long waitedMs,
      Optional<EvictionTerms> terms) {
    this(id, members, waitedMs, terms, Optional.empty());
  }

  /** One that is never evicted. */
  public RunningGang(GangId id, ImmutableList<Placement.Member> members, long waitedMs) {
    this(id, members, waitedMs, Optional.empty());
  }
}
