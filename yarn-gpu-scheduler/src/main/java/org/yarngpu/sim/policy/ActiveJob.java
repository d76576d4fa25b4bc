package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.sim.Widths;

/** A job between submission and end, as far as a scheduler can know it. */
public interface ActiveJob {

  /** In the order of submission; ids are unique and so are these numbers. */
  Comparator<ActiveJob> BY_SUBMISSION = Comparator.comparingInt(ActiveJob::number);

  /** Its place among all jobs of the workload, in the order of submission. */
  int number();

  /** Its members, as the planner knows them, at the width of its trace. */
  Gang gang();

  /** GPUs of all members, at the width of its trace. */
  int gpus();

  /** GPUs that it holds. */
  default int heldGpus() {
    return members().stream().mapToInt(member -> member.size().gpus()).sum();
  }

  /** Between which widths it may run; empty if it is not elastic. */
  default Optional<Widths> widths() {
    return Optional.empty();
  }

  /** Since when it has had the width that it has, milliseconds since the start of the trace. */
  default long widthSinceMs() {
    return heldSinceMs();
  }

  String user();

  String group();

  OptionalLong estimateMs();

  /** Time that it has held its GPUs so far, all attempts together, milliseconds. */
  long attainedMs();

  /**
   * How long it would have held them so far if all were of speed 1 and as many as its trace says,
   * as far as a scheduler can know, milliseconds.
   */
  default long workMs() {
    return attainedMs();
  }

  /**
   * Of the GPUs that it runs on, or will run on as far as that is known; else 1. At another width
   * than that of the trace, as far as a scheduler can know.
   */
  default double speed() {
    return 1;
  }

  /** Of the models among which it has a choice; those of speed 1 may be absent. */
  default ImmutableSortedMap<String, Double> speeds() {
    return ImmutableSortedMap.of();
  }

  /** Time since submission in which it held no GPUs, milliseconds. */
  long waitedMs();

  /** When its present attempt got its GPUs, milliseconds since the start of the trace. */
  long heldSinceMs();

  /** How often it saves its work, milliseconds; 0 is at every moment. */
  long checkpointMs();

  /** For how long it would make no progress after an eviction, milliseconds. */
  long restartMs();

  /** How often it was evicted. */
  int evictions();

  /** Where its members run; empty while it waits. */
  ImmutableList<Member> members();

  default boolean running() {
    return !members().isEmpty();
  }

  /** Whether it runs on lent GPUs only. */
  default boolean borrows() {
    return false;
  }

  /** Whether it is a replica of a service: nothing is forecast of it, and nobody evicts it. */
  default boolean serves() {
    return false;
  }

  /** GPU-milliseconds received so far (Tiresias, NSDI 2019: attained service). */
  default long attainedServiceMs() {
    return Math.multiplyExact(attainedMs(), (long) gpus());
  }
}
