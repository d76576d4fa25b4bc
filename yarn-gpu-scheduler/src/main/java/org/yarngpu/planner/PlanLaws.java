package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Ask;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Elastic;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;

/**
 * What every plan obeys. Checked in tests and after each cycle in production, since it costs no
 * more than the plan is long.
 */
public final class PlanLaws {
  private final ClusterSnapshot snapshot;
  private final Map<GangId, Gang> gangs = new HashMap<>();
  private final Models models;
  private final Map<NodeId, Resources> taken = new HashMap<>();
  private final Map<NodeId, Map<GangId, Resources>> takenBy = new HashMap<>();
  private final Map<GangId, Map<AskKey, Integer>> placed = new HashMap<>();
  private final List<Placement> placements = new ArrayList<>();
  private final Set<GangId> begun = new HashSet<>();
  private final Set<GangId> evicted = new HashSet<>();

  /** By new evictions: what becomes free, and what of it and of the rest is held. */
  private final Map<NodeId, Resources> freed = new HashMap<>();

  private final Map<NodeId, Resources> heldNow = new HashMap<>();
  private final ImmutableList.Builder<String> violations = ImmutableList.builder();

  private PlanLaws(ClusterSnapshot snapshot) {
    this.snapshot = snapshot;
    this.models = new Models(snapshot.nodes().values());
    snapshot.gangs().forEach(gang -> gangs.put(gang.id(), gang));
  }

  /** Returns a sentence for each law that the plan breaks. */
  public static ImmutableList<String> violations(Plan plan, ClusterSnapshot snapshot) {
    PlanLaws laws = new PlanLaws(snapshot);
    laws.placements.addAll(plan.placements());
    plan.placements().forEach(laws::check);
    laws.checkNodes();
    laws.checkLoans();
    plan.reservations().forEach(laws::check);
    plan.promises().keySet().forEach(laws::checkPromised);
    plan.evictions().values().forEach(laws::check);
    plan.evictions().values().forEach(laws::checkStart);
    laws.checkHeld(plan);
    laws.checkAnswered(plan);
    return laws.violations.build();
  }

  private void check(Placement placement) {
    Gang gang = gangs.get(placement.gang());
    if (gang == null) {
      violations.add("%s is placed but does not wait".formatted(placement.gang()));
      return;
    }
    boolean lent = placement.members().stream().anyMatch(Placement.Member::lent);
    if (!gang.complete() || (gang.limit().isPresent() && !lent)) {
      violations.add("%s is placed but may not start".formatted(gang.id()));
    }
    if (lent && !placement.members().stream().allMatch(Placement.Member::lent)) {
      violations.add("%s gets GPUs of its own and lent ones at once".formatted(gang.id()));
    }
    if (lent != mayBorrow(gang, lent)) {
      violations.add(
          "%s gets GPUs %s".formatted(gang.id(), lent ? "on loan" : "of its own, but borrows"));
    }
    boolean first = begun.add(gang.id());
    int members = placement.members().size();
    if (gang.elastic().isPresent()) {
      checkWidth(gang, widths(gang, lent), members, first);
    } else if (members != (first ? gang.minimum() : 1)) {
      violations.add(
          "%s gets %d members, but all or nothing is %d"
              .formatted(gang.id(), members, first ? gang.minimum() : 1));
    }
    placement.members().forEach(member -> check(gang, member));
    models.of(gang).ifPresent(allowed -> checkModel(placement, gang, allowed));
  }

  /** Borrowers are on lent GPUs only; of elastic gangs the surplus may be. */
  private boolean mayBorrow(Gang gang, boolean lent) {
    return snapshot.loans().isBorrower(gang.id())
        || (lent
            && gang.phase() == Gang.Phase.GROWING
            && snapshot.loans().surplus().containsKey(gang.id()));
  }

  /** Limits of queue and user are for what a gang owns. */
  private Elastic widths(Gang gang, boolean lent) {
    Elastic own = gang.elastic().orElseThrow();
    Loans.Surplus surplus = snapshot.loans().surplus().get(gang.id());
    return lent && surplus != null
        ? new Elastic(own.width(), own.minimum(), surplus.maximum(), own.growsFromMs())
        : own;
  }

  private void checkWidth(Gang gang, Elastic elastic, int members, boolean first) {
    boolean grows = gang.phase() == Gang.Phase.GROWING;
    int width = elastic.width() + members;
    if (!first || members < gang.minimum() || (width > elastic.maximum())) {
      violations.add(
          "%s gets %d members to %d, but may run with %d to %d"
              .formatted(
                  gang.id(), members, elastic.width(), elastic.minimum(), elastic.maximum()));
    }
    if (grows && snapshot.nowMs() < elastic.growsFromMs()) {
      violations.add("%s grows before its time".formatted(gang.id()));
    }
  }

  private void check(Gang gang, Placement.Member member) {
    Ask ask = null;
    for (Ask candidate : gang.asks()) {
      if (candidate.key().equals(member.key())) {
        ask = candidate;
      }
    }
    int count =
        placed
            .computeIfAbsent(gang.id(), id -> new HashMap<>())
            .merge(member.key(), 1, Integer::sum);
    if (ask == null || count > ask.count() || !ask.size().equals(member.size())) {
      violations.add("%s gets a member that it did not ask for".formatted(gang.id()));
      return;
    }
    Node node = snapshot.node(member.node());
    if (node == null || !node.open() || !ask.allows(node) || gang.excludes(node)) {
      violations.add(
          "%s gets a member on %s, which it may not".formatted(gang.id(), member.node()));
      return;
    }
    taken.merge(member.node(), member.size(), Resources::plus);
    takenBy
        .computeIfAbsent(member.node(), id -> new HashMap<>())
        .merge(gang.id(), member.size(), Resources::plus);
  }

  private void checkModel(Placement placement, Gang gang, ImmutableList<String> allowed) {
    Set<String> found = new TreeSet<>();
    for (Placement.Member member : placement.members()) {
      Node node = snapshot.node(member.node());
      if (node != null && node.partition().equals(gang.partition())) {
        found.add(node.model());
      }
    }
    if (found.size() > 1 || !allowed.containsAll(found)) {
      violations.add(
          "%s is placed on %s, but may run on one of %s".formatted(gang.id(), found, allowed));
    }
  }

  private void checkNodes() {
    taken.forEach(
        (id, size) -> {
          Node node = snapshot.node(id);
          if (node != null && !size.fitsIn(node.free())) {
            violations.add("%s has %s free but gets %s".formatted(id, node.free(), size));
          }
        });
  }

  /** What is newly lent keeps within what may be; that less may be lent ends no loan. */
  private void checkLoans() {
    checkLoans(gang -> true, snapshot.loans()::lendableInAll);
    checkLoans(gang -> !snapshot.loans().isKillable(gang), snapshot.loans()::lendable);
  }

  private void checkLoans(Predicate<GangId> who, ToIntFunction<String> lendable) {
    Map<String, Integer> lent = new HashMap<>();
    Map<String, Integer> newlyLent = new HashMap<>();
    for (RunningGang running : snapshot.running()) {
      if (who.test(running.id())) {
        running.lent().forEach(member -> addGpus(lent, member));
      }
    }
    for (Placement placement : placements) {
      if (who.test(placement.gang())) {
        placement.members().stream()
            .filter(Placement.Member::lent)
            .forEach(member -> addGpus(newlyLent, member));
      }
    }
    newlyLent.forEach(
        (partition, gpus) -> {
          int inAll = gpus + lent.getOrDefault(partition, 0);
          if (inAll > lendable.applyAsInt(partition)) {
            violations.add(
                "%d GPUs of partition '%s' are lent, but %d may be"
                    .formatted(inAll, partition, lendable.applyAsInt(partition)));
          }
        });
  }

  private void addGpus(Map<String, Integer> byPartition, Placement.Member member) {
    Node node = snapshot.node(member.node());
    byPartition.merge(node == null ? "" : node.partition(), member.size().gpus(), Integer::sum);
  }

  private void check(String partition, Reservation reservation) {
    if (!partition.equals(reservation.partition())) {
      violations.add("the reservation of '%s' is for another partition".formatted(partition));
    }
    if (!gangs.containsKey(reservation.gang())) {
      violations.add("a reservation is for %s, which does not wait".formatted(reservation.gang()));
    }
    reservation
        .held()
        .forEach(
            (id, size) -> {
              Node node = snapshot.node(id);
              if (node == null || !size.fitsIn(node.total())) {
                violations.add("a reservation holds %s on %s".formatted(size, id));
              }
            });
  }

  /** A new one has victims that run. */
  private void check(Eviction eviction) {
    GangId gang = eviction.gang();
    if (!gangs.containsKey(gang)) {
      violations.add("an eviction is for %s, which does not wait".formatted(gang));
    }
    if (snapshot.evictions().containsKey(gang)) {
      return; // of a gang that takes its members one by one, some may have begun
    }
    if (begun.contains(gang) && !asksForMore(gang, eviction.placement().members().size())) {
      violations.add("an eviction is for %s, which starts".formatted(gang));
    }
    if (!snapshot.evictionsDue() && !snapshot.loans().isRecall(eviction)) {
      violations.add("an eviction for %s is not due".formatted(gang));
    }
    for (GangId victim : eviction.victims()) {
      if (!evicted.add(victim)) {
        violations.add("%s is evicted twice".formatted(victim));
      }
      if (begun.contains(victim) && !snapshot.loans().isRecall(eviction)) {
        violations.add("%s is evicted and gets members".formatted(victim));
      }
      RunningGang running = runningGang(victim);
      if (running == null) {
        violations.add("%s is evicted but does not run".formatted(victim));
      } else {
        running
            .members()
            .forEach(member -> freed.merge(member.node(), member.size(), Resources::plus));
      }
    }
    eviction.shrinks().forEach(this::checkShrinks);
  }

  /**
   * The gang of a new one fits on what is free once the victims of all are gone: one may start on
   * what another's leave over.
   */
  private void checkStart(Eviction eviction) {
    GangId gang = eviction.gang();
    if (snapshot.evictions().containsKey(gang)) {
      return;
    }
    for (Map.Entry<NodeId, Resources> held : eviction.hold().held().entrySet()) {
      Node node = snapshot.node(held.getKey());
      Resources promised =
          taken
              .getOrDefault(held.getKey(), Resources.NONE)
              .plus(heldNow.getOrDefault(held.getKey(), Resources.NONE))
              .plus(held.getValue());
      heldNow.merge(held.getKey(), held.getValue(), Resources::plus);
      if (node == null
          || !promised.fitsIn(
              node.free().plus(freed.getOrDefault(held.getKey(), Resources.NONE)))) {
        violations.add("%s would not start on %s".formatted(gang, held.getKey()));
      }
    }
  }

  /**
   * It keeps its minimum, or what of it is on GPUs of its own: the rest was lost before. What it
   * loses is its own.
   */
  private void checkShrinks(GangId id, Eviction.Shrink shrink) {
    if (!evicted.add(id)) {
      violations.add("%s is evicted twice".formatted(id));
    }
    RunningGang running = runningGang(id);
    if (running == null || running.elastic().isEmpty()) {
      violations.add("%s is to shrink but does not run or is not elastic".formatted(id));
      return;
    }
    List<Placement.Member> left = new ArrayList<>(running.members());
    for (Placement.Member member : shrink.members()) {
      if (!left.remove(member)) {
        violations.add("%s is to lose a member that it does not have".formatted(id));
      }
      freed.merge(member.node(), member.size(), Resources::plus);
    }
    int least = Math.min(running.elastic().get().minimum(), running.owned().size());
    if (left.size() != shrink.width() || left.size() < least) {
      violations.add(
          "%s is left with %d members, its minimum is %d"
              .formatted(id, left.size(), running.elastic().get().minimum()));
    }
  }

  /** Whether a gang that takes its members one by one lacks so many after this cycle. */
  private boolean asksForMore(GangId id, int members) {
    Gang gang = gangs.get(id);
    int begunHere =
        placed.getOrDefault(id, ImmutableMap.of()).values().stream().mapToInt(n -> n).sum();
    return gang != null && gang.minimum() == 1 && begunHere + members <= gang.asked();
  }

  private @Nullable RunningGang runningGang(GangId id) {
    for (RunningGang running : snapshot.running()) {
      if (running.id().equals(id)) {
        return running;
      }
    }
    return null;
  }

  private void checkPromised(GangId id) {
    if (!gangs.containsKey(id)) {
      violations.add("a start is promised to %s, which does not wait".formatted(id));
    }
  }

  /**
   * What a reservation held before the cycle and after it was nobody else's in the cycle, but for
   * gangs that lost members. A gang that began in the cycle may hold the same anew for what is
   * left.
   */
  private void checkHeld(Plan plan) {
    for (Reservation reservation : plan.reservations().values()) {
      if (!begun.contains(reservation.gang())
          && reservation.equals(snapshot.reservations().get(reservation.partition()))) {
        reservation.held().forEach((id, size) -> checkHeld(reservation.gang(), id, size));
      }
    }
  }

  private void checkHeld(GangId holder, NodeId id, Resources held) {
    Node node = snapshot.node(id);
    Resources toOthers = Resources.NONE;
    for (Map.Entry<GangId, Resources> entry :
        takenBy.getOrDefault(id, ImmutableMap.of()).entrySet()) {
      Gang gang = gangs.get(entry.getKey());
      boolean broken = gang != null && gang.phase() == Gang.Phase.REPLACING;
      if (!broken && !entry.getKey().equals(holder)) {
        toOthers = toOthers.plus(entry.getValue());
      }
    }
    if (node != null && !toOthers.fitsIn(node.free().minusAtMost(held))) {
      violations.add("%s holds %s on %s, but others get %s".formatted(holder, held, id, toOthers));
    }
  }

  private void checkAnswered(Plan plan) {
    for (GangId id : gangs.keySet()) {
      if (!begun.contains(id) && !plan.rejections().containsKey(id)) {
        violations.add("%s waits and is not told why".formatted(id));
      }
    }
  }
}
