package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.OptionalLong;

/**
 * GPUs that queues own and do not use, lent to gangs that are called back when they are needed.
 *
 * @param borrowers the gangs, waiting or running, whose members run on lent GPUs only
 * @param surplus elastic gangs on GPUs of their own that may run more members on lent ones
 * @param lendable GPUs that may be on loan in all, by partition; none where it is missing
 * @param standby GPUs in reserve for what no forecast sees, by partition: on loan in addition to
 *     killable borrowers only
 * @param resting nodes whose GPUs were called back lately: nothing new is lent there
 */
public record Loans(
    ImmutableSortedMap<GangId, Borrower> borrowers,
    ImmutableSortedMap<GangId, Surplus> surplus,
    ImmutableSortedMap<String, Integer> lendable,
    ImmutableSortedMap<String, Integer> standby,
    ImmutableSortedSet<NodeId> resting) {

  public static final Loans NONE =
      new Loans(
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedSet.of());

  /** The longest time between two checkpoints of who may be called back at any moment. */
  public static final long OFTEN_MS = 900_000;

  /** A gang that saves its work as often loses nothing to speak of when it is killed. */
  private static final long KILLABLE_MS = 1000;

  public Loans {
    checkArgument(
        lendable.values().stream().allMatch(gpus -> gpus >= 0)
            && standby.values().stream().allMatch(gpus -> gpus >= 0),
        "lendable (%s) and standby (%s) must not be negative",
        lendable,
        standby);
  }

  /**
   * What decides whether a gang may run on lent GPUs.
   *
   * @param checkpointMs how often it saves its work; empty if it never does
   */
  public record Borrower(OptionalLong checkpointMs) {
    /** Whether it saves its work so often that a recall costs it little. */
    public boolean savesOften() {
      return checkpointMs.isPresent() && savesOften(checkpointMs.getAsLong());
    }

    /** The same of one that saves its work every so many milliseconds. */
    public static boolean savesOften(long checkpointMs) {
      return checkpointMs <= OFTEN_MS;
    }

    /** Whether it may be killed without notice. */
    public boolean killable() {
      return checkpointMs.isPresent() && checkpointMs.getAsLong() <= KILLABLE_MS;
    }
  }

  /**
   * An elastic gang whose surplus may run on lent GPUs: it saves its work often, since it starts
   * anew with fewer members when they are called back.
   *
   * @param maximum most members that are of use to it; the limits of its queue and user are for
   *     what it owns
   */
  public record Surplus(int maximum) {}

  /** Whether an eviction takes nothing but lent GPUs. */
  public boolean isRecall(Eviction eviction) {
    return eviction.victims().stream().allMatch(this::isBorrower)
        && eviction.shrinks().values().stream()
            .flatMap(shrink -> shrink.members().stream())
            .allMatch(Placement.Member::lent);
  }

  public boolean isBorrower(GangId gang) {
    return borrowers.containsKey(gang);
  }

  public boolean isKillable(GangId gang) {
    Borrower borrower = borrowers.get(gang);
    return borrower != null && borrower.killable();
  }

  /** For how long the gang may go on after its notice, of at most {@code graceMs}. */
  public long graceMs(GangId gang, long graceMs) {
    return isKillable(gang) ? 0 : graceMs;
  }

  /** GPUs that may be on loan in the partition to gangs that need notice. */
  public int lendable(String partition) {
    return lendable.getOrDefault(partition, 0);
  }

  /** GPUs that may be on loan in the partition to all borrowers together. */
  public int lendableInAll(String partition) {
    return lendable(partition) + standby.getOrDefault(partition, 0);
  }
}
