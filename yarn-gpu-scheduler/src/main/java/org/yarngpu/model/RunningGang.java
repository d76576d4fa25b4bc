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

  /** Members on GPUs of its own queue. */
  public ImmutableList<Placement.Member> owned() {
    return members.stream()
        .filter(member -> !member.lent())
        .collect(ImmutableList.toImmutableList());
  }

  /** Members on lent GPUs: all of a borrower, of an elastic gang some of its surplus. */
  public ImmutableList<Placement.Member> lent() {
    return members.stream().filter(Placement.Member::lent).collect(ImmutableList.toImmutableList());
  }

  /** Its speed by its width, in units of that with its minimum; 1 if it is not elastic. */
  public double widthSpeed() {
    return elastic
        .map(Elastic::minimum)
        .map(least -> WidthScaling.ASSUMED.speed(Math.max(least, members.size()), least))
        .orElse(1.0);
  }

  /** One that is never evicted. */
  public RunningGang(GangId id, ImmutableList<Placement.Member> members, long waitedMs) {
    this(id, members, waitedMs, Optional.empty());
  }
}
