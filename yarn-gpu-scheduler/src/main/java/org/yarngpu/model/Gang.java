package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.math.IntMath;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A waiting gang: members of one job that must start together, whole or not at all.
 *
 * @param id the application attempt
 * @param queue path of its leaf queue
 * @param user owner
 * @param priority application priority, higher goes first within a queue
 * @param submittedMs when the job was submitted, epoch milliseconds
 * @param minimum members that are placed together or not at all, at least 1; asks beyond it follow
 *     one by one
 * @param phase what the members are for
 * @param asks what is outstanding, in the order of the keys; may count less than the minimum while
 *     the application master is still asking
 * @param excluded hosts and racks that the application master has blacklisted
 * @param limit the queue or user limit that refuses the minimum now, as CapacityScheduler judges
 * @param deadlineMs when {@code gpu.gang.timeout} ends, epoch milliseconds
 * @param types GPU models that it may run on, best first, normalised; empty: any. Members that
 *     start together are all on one model
 * @param elastic how wide it may become; if present, asks beyond the minimum are surplus, which
 *     comes after all others
 */
public record Gang(
    GangId id,
    String queue,
    String user,
    int priority,
    long submittedMs,
    int minimum,
    Phase phase,
    ImmutableList<Ask> asks,
    ImmutableSortedSet<String> excluded,
    Optional<Rejection> limit,
    OptionalLong deadlineMs,
    ImmutableList<String> types,
    Optional<Elastic> elastic) {

  /** One that may run on any model and is not elastic. */
  public Gang(
      GangId id,
      String queue,
      String user,
      int priority,
      long submittedMs,
      int minimum,
      Phase phase,
      ImmutableList<Ask> asks,
      ImmutableSortedSet<String> excluded,
      Optional<Rejection> limit,
      OptionalLong deadlineMs) {
    this(
        id,
        queue,
        user,
        priority,
        submittedMs,
        minimum,
        phase,
        asks,
        excluded,
        limit,
        deadlineMs,
        ImmutableList.of(),
        Optional.empty());
  }

  /** What the outstanding members are for. */
  public enum Phase {
    /** No member runs yet. */
    WAITING,
    /** Members run, fewer than declared; the minimum is what must come back together. */
    REPLACING,
    /** All that must run together does; further members come one by one. */
    GROWING
  }

  public Gang {
    checkArgument(minimum >= 1, "minimum (%s) of gang %s must be at least 1", minimum, id);
  }

  /** The same gang, were memory and vcores no matter. */
  public Gang onlyGpus() {
    ImmutableList.Builder<Ask> onlyGpus = ImmutableList.builder();
    for (Ask ask : asks) {
      onlyGpus.add(
          new Ask(
              ask.key(),
              new Resources(0, 0, ask.size().gpus()),
              ask.count(),
              ask.partition(),
              ask.locality()));
    }
    return withAsks(onlyGpus.build());
  }

  private Gang withAsks(ImmutableList<Ask> newAsks) {
    return with(newAsks, limit, types, elastic);
  }

  public Gang withLimit(Optional<Rejection> newLimit) {
    return with(asks, newLimit, types, elastic);
  }

  public Gang withTypes(ImmutableList<String> newTypes) {
    return with(asks, limit, newTypes, elastic);
  }

  public Gang withElastic(Elastic widths) {
    return with(asks, limit, types, Optional.of(widths));
  }

  private Gang with(
      ImmutableList<Ask> newAsks,
      Optional<Rejection> newLimit,
      ImmutableList<String> newTypes,
      Optional<Elastic> newElastic) {
    return new Gang(
        id,
        queue,
        user,
        priority,
        submittedMs,
        minimum,
        phase,
        newAsks,
        excluded,
        newLimit,
        deadlineMs,
        newTypes,
        newElastic);
  }

  /** The same gang, were so many members to start together. */
  public Gang withMinimum(int members) {
    return new Gang(
        id, queue, user, priority, submittedMs, members, phase, asks, excluded, limit, deadlineMs);
  }

  /** Members asked for. */
  public int asked() {
    int asked = 0;
    for (Ask ask : asks) {
      asked = IntMath.saturatedAdd(asked, ask.count());
    }
    return asked;
  }

  /** Whether the application master has asked for all that must start together. */
  public boolean complete() {
    return asked() >= minimum;
  }

  /** The asks of the members that must start together: the first ones, in the order of the keys. */
  public ImmutableList<Ask> minimumAsks() {
    return firstAsks(minimum);
  }

  /** The asks of so many members, in the order of the keys. */
  public ImmutableList<Ask> firstAsks(int members) {
    if (asked() <= members) {
      return asks;
    }
    ImmutableList.Builder<Ask> first = ImmutableList.builder();
    int missing = members;
    for (Ask ask : asks) {
      if (missing == 0) {
        break;
      }
      int count = Math.min(missing, ask.count());
      first.add(ask.withCount(count));
      missing -= count;
    }
    return first.build();
  }

  /** What the members that must start together take in all. */
  public Resources minimumSize() {
    Resources size = Resources.NONE;
    for (Ask ask : minimumAsks()) {
      size = size.plus(ask.size().times(ask.count()));
    }
    return size;
  }

  /** Members that this gang gets in any case once it is placed: none if it only grows. */
  public int startTogether() {
    return phase == Phase.GROWING ? 0 : minimum;
  }

  /** The n-th member of an elastic gang's surplus, from 0; empty if it may or will have no more. */
  public Optional<Gang> surplusMember(int n) {
    int before = startTogether() + n;
    if (elastic.isEmpty() || elastic.get().width() + before >= elastic.get().maximum()) {
      return Optional.empty();
    }
    int skipped = 0;
    for (Ask ask : asks) {
      skipped = IntMath.saturatedAdd(skipped, ask.count());
      if (skipped > before) {
        return Optional.of(more(ImmutableList.of(ask.withCount(1))));
      }
    }
    return Optional.empty();
  }

  /**
   * What remains once the minimum is placed: further members, one by one; empty if none, and for an
   * elastic gang.
   */
  public Optional<Gang> beyondMinimum() {
    if (elastic.isPresent()) {
      return Optional.empty();
    }
    ImmutableList.Builder<Ask> rest = ImmutableList.builder();
    int placed = minimum;
    for (Ask ask : asks) {
      int taken = Math.min(placed, ask.count());
      placed -= taken;
      if (ask.count() > taken) {
        rest.add(ask.withCount(ask.count() - taken));
      }
    }
    ImmutableList<Ask> asksLeft = rest.build();
    return asksLeft.isEmpty() ? Optional.empty() : Optional.of(more(asksLeft));
  }

  private Gang more(ImmutableList<Ask> newAsks) {
    return new Gang(
        id,
        queue,
        user,
        priority,
        submittedMs,
        1,
        Phase.GROWING,
        newAsks,
        excluded,
        Optional.empty(),
        OptionalLong.empty(),
        types,
        Optional.empty());
  }

  /** Whether the job itself rules out some of the nodes under its labels. */
  public boolean choosy() {
    return !excluded.isEmpty() || asks.stream().anyMatch(ask -> !ask.locality().anywhere());
  }

  public boolean excludes(Node node) {
    return !excluded.isEmpty()
        && (excluded.contains(node.host()) || excluded.contains(node.rack()));
  }

  /** Node label under which the gang is ordered: that of its first ask. */
  public String partition() {
    return asks.isEmpty() ? "" : asks.get(0).partition();
  }
}
