package org.yarngpu.model;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.OptionalLong;

/**
 * GPUs that queues own and do not use, lent to gangs that are called back when they are needed.
 *
 * @param borrowers the gangs, waiting or running, whose members run on lent GPUs only
 * @param lendable GPUs that may be on loan in all, by partition; none where it is missing
 * @param resting nodes whose GPUs were called back lately: nothing new is lent there
 */
public record Loans(
    ImmutableSortedMap<GangId, Borrower> borrowers,
    ImmutableSortedMap<String, Integer> lendable,
    ImmutableSortedSet<NodeId> resting) {

  public static final Loans NONE =
      new Loans(ImmutableSortedMap.of(), ImmutableSortedMap.of(), ImmutableSortedSet.of());

  /**
   * What decides whether a gang may run on lent GPUs.
   *
   * @param checkpointMs how often it saves its work; empty if it never does
   */
  public record Borrower(OptionalLong checkpointMs) {}

  /** Whether an eviction takes nothing but lent GPUs. */
  public boolean isRecall(Eviction eviction) {
    return !eviction.victims().isEmpty()
        && eviction.shrinks().isEmpty()
        && eviction.victims().stream().allMatch(this::isBorrower);
  }

  public boolean isBorrower(GangId gang) {
    return borrowers.containsKey(gang);
  }

  /** GPUs that may be on loan in the partition, those that are included. */
  public int lendable(String partition) {
    return lendable.getOrDefault(partition, 0);
  }
}
