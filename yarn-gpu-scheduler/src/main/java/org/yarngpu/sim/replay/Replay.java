package org.yarngpu.sim.replay;

import static java.util.stream.Collectors.joining;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Multimaps;
import com.google.common.collect.Sets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.yarngpu.journal.Cycle;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Cure;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.PolicyName;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.planner.PlanLaws;
import org.yarngpu.planner.Planner;
import org.yarngpu.sim.QueueFileException;
import org.yarngpu.sim.replay.Change.Kind;

/**
 * Plans recorded cycles again, each alone: whatever would have been decided otherwise, the next
 * snapshot is still the recorded one.
 */
public final class Replay {
  private final Optional<OtherQueues> otherQueues;
  private final Optional<PolicyName> otherPolicy;

  private Replay(Optional<OtherQueues> otherQueues, Optional<PolicyName> otherPolicy) {
    this.otherQueues = otherQueues;
    this.otherPolicy = otherPolicy;
  }

  /** As it was: any difference counts, down to the last digit of an explanation. */
  public static Replay exact() {
    return new Replay(Optional.empty(), Optional.empty());
  }

  /**
   * With other queues, by another policy, or both; the numbers in an explanation are then other
   * ones anyway.
   */
  public static Replay with(Optional<OtherQueues> queues, Optional<PolicyName> policy) {
    return new Replay(queues, policy);
  }

  /** Whether any difference is a fault. */
  public boolean isExact() {
    return otherQueues.isEmpty() && otherPolicy.isEmpty();
  }

  /**
   * Plans a cycle again.
   *
   * @throws QueueFileException if the other queues lack one of the cycle's
   */
  public CycleChanges of(Cycle cycle) throws QueueFileException {
    ClusterSnapshot snapshot = cycle.snapshot();
    if (otherQueues.isPresent()) {
      snapshot = otherQueues.get().in(snapshot);
    }
    if (policy(cycle) != cycle.policy()) {
      snapshot = withoutMemory(snapshot);
    }
    return new CycleChanges(cycle.number(), snapshot.nowMs(), changes(cycle, snapshot));
  }

  private PolicyName policy(Cycle cycle) {
    return otherPolicy.orElse(cycle.policy());
  }

  /** What another policy held and promised means nothing to this one. */
  private static ClusterSnapshot withoutMemory(ClusterSnapshot snapshot) {
    return new ClusterSnapshot(
            snapshot.nowMs(),
            snapshot.settled(),
            snapshot.nodes(),
            snapshot.queues(),
            snapshot.gangs(),
            ImmutableSortedMap.of())
        .withForecasts(snapshot.running(), snapshot.forecasts())
        .withEvictions(ImmutableSortedMap.of(), snapshot.evictionsDue())
        .withEvictionCosts(snapshot.evictionCostsMs());
  }

  private ImmutableList<Change> changes(Cycle cycle, ClusterSnapshot snapshot) {
    Plan plan;
    try {
      plan = Planner.of(policy(cycle)).plan(snapshot);
    } catch (RuntimeException | AssertionError failure) {
      return ImmutableList.of(fails(cycle, failure.toString()));
    }
    ImmutableList<String> violations = PlanLaws.violations(plan, snapshot);
    if (!violations.isEmpty()) {
      return ImmutableList.of(fails(cycle, "the plan breaks laws: " + violations));
    }
    return cycle.plan().isEmpty()
        ? ImmutableList.of()
        : new Comparison(snapshot, cycle.plan().get(), plan).changes();
  }

  private static Change fails(Cycle cycle, String failure) {
    return new Change(
        Kind.FAILS,
        "planning",
        "",
        cycle.failure().map(f -> "fails: " + f).orElse("plans"),
        "fails: " + failure);
  }

  /** Two plans of one snapshot. */
  private final class Comparison {
    private final Plan before;
    private final Plan now;
    private final Map<GangId, String> queues = new HashMap<>();
    private final ImmutableList.Builder<Change> changes = ImmutableList.builder();

    Comparison(ClusterSnapshot snapshot, Plan before, Plan now) {
      this.before = before;
      this.now = now;
      snapshot.gangs().forEach(gang -> queues.put(gang.id(), gang.queue()));
    }

    ImmutableList<Change> changes() {
      if (before.equals(now)) {
        return ImmutableList.of();
      }
      ImmutableListMultimap<GangId, Placement> placedBefore = placements(before);
      ImmutableListMultimap<GangId, Placement> placedNow = placements(now);
      TreeSet<GangId> gangs = new TreeSet<>(queues.keySet());
      gangs.addAll(placedBefore.keySet());
      gangs.addAll(before.rejections().keySet());
      for (GangId gang : gangs) {
        comparePlacements(gang, placedBefore.get(gang), placedNow.get(gang));
      }
      for (String partition :
          new TreeSet<>(Sets.union(before.reservations().keySet(), now.reservations().keySet()))) {
        compareReservations(partition);
      }
      for (GangId gang :
          new TreeSet<>(Sets.union(before.evictions().keySet(), now.evictions().keySet()))) {
        String was = evicts(before.evictions().get(gang));
        String is = evicts(now.evictions().get(gang));
        if (!was.equals(is)) {
          add(Kind.EVICTION, gang, was, is);
        }
      }
      ImmutableList<Change> found = changes.build();
      return found.isEmpty() && isExact()
          ? ImmutableList.of(new Change(Kind.ORDER, "placements", "", order(before), order(now)))
          : found;
    }

    private void comparePlacements(
        GangId gang, ImmutableList<Placement> placed, ImmutableList<Placement> placedNow) {
      if (isRefused(now, gang) && !isRefused(before, gang)) {
        String was = placed.isEmpty() ? waits(before, gang) : "starts on " + nodes(placed);
        add(Kind.REFUSED, gang, was, waits(now, gang));
      } else if (!placed.isEmpty() && placedNow.isEmpty()) {
        add(Kind.WAITS, gang, "starts on " + nodes(placed), waits(now, gang));
      } else if (placed.isEmpty() && !placedNow.isEmpty()) {
        add(Kind.STARTS, gang, waits(before, gang), "starts on " + nodes(placedNow));
      } else if (!placed.equals(placedNow)) {
        add(Kind.MOVES, gang, "starts on " + nodes(placed), "starts on " + nodes(placedNow));
      } else {
        compareRejections(gang, before.rejections().get(gang), now.rejections().get(gang));
      }
    }

    private void compareRejections(GangId gang, @Nullable Rejection was, @Nullable Rejection is) {
      if (was == null ? is == null : was.equals(is)) {
        return;
      }
      boolean sameReason = was != null && is != null && was.reason() == is.reason();
      if (!sameReason) {
        add(Kind.REASON, gang, waits(before, gang), waits(now, gang));
      } else if (isExact()) {
        add(Kind.DETAIL, gang, waits(before, gang), waits(now, gang));
      }
    }

    private void compareReservations(String partition) {
      @Nullable Reservation held = before.reservations().get(partition);
      @Nullable Reservation heldNow = now.reservations().get(partition);
      if (held == null ? heldNow != null : !held.equals(heldNow)) {
        Reservation named = heldNow == null ? held : heldNow;
        if (named != null) {
          add(Kind.RESERVATION, named.gang(), holds(held), holds(heldNow));
        }
      }
    }

    private void add(Kind kind, GangId gang, String was, String is) {
      changes.add(new Change(kind, gang.value(), queues.getOrDefault(gang, ""), was, is));
    }
  }

  private static ImmutableListMultimap<GangId, Placement> placements(Plan plan) {
    return Multimaps.index(plan.placements(), Placement::gang);
  }

  private static String order(Plan plan) {
    return plan.placements().stream().map(p -> p.gang().value()).collect(joining(" "));
  }

  /** The members by node, such as {@code n1 x4, n2 x2}. */
  private static String nodes(ImmutableList<Placement> placements) {
    TreeMap<String, Integer> members = new TreeMap<>();
    for (Placement placement : placements) {
      placement.members().forEach(m -> members.merge(m.node().value(), 1, Integer::sum));
    }
    return members.entrySet().stream()
        .map(entry -> entry.getKey() + " x" + entry.getValue())
        .collect(joining(", "));
  }

  private static boolean isRefused(Plan plan, GangId gang) {
    @Nullable Rejection rejection = plan.rejections().get(gang);
    return rejection != null && rejection.cure() == Cure.NONE;
  }

  private static String waits(Plan plan, GangId gang) {
    @Nullable Rejection rejection = plan.rejections().get(gang);
    if (rejection == null) {
      return "is not told why it waits";
    }
    return (isRefused(plan, gang) ? "is refused, " : "waits, ") + rejection;
  }

  private static String evicts(@Nullable Eviction eviction) {
    return eviction == null
        ? "nobody is evicted for it"
        : eviction.victims().stream().map(GangId::value).collect(joining(", ", "evicted: ", ""));
  }

  private static String holds(@Nullable Reservation reservation) {
    if (reservation == null) {
      return "nothing is held";
    }
    String partition =
        reservation.partition().isEmpty() ? "" : " under label " + reservation.partition();
    String nodes =
        reservation.held().entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue().gpus())
            .collect(joining(", "));
    return "%d GPUs%s are held for %s: %s"
        .formatted(reservation.gpus(), partition, reservation.gang(), nodes);
  }
}
