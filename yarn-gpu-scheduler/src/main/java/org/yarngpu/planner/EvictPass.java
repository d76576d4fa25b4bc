package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.RunningGang;

/**
 * Evicts running gangs for waiting ones that then start: across queues to give back what a queue is
 * guaranteed, else where a victim has so much more left to do that the order would be served
 * better. Surplus of elastic gangs goes first, whoever's it is: no whole gang is evicted where
 * surplus would do.
 *
 * <p>An eviction is decided in the draft, where its gang is placed on the very GPUs that become
 * free; without that nobody is evicted. The index of a victim must be several times that of the
 * gang, so the victim, back in the line, cannot evict it in turn. Where evictions are costly the
 * gang must gain more by them than its victims lose: each loses the time for which the gang holds
 * its GPUs, and its own work. To charge a victim's remaining time in place of the former would rule
 * out all evictions.
 *
 * <p>A gang that comes first for having waited very long may take the GPUs of any gang that saves
 * its work and has not itself waited so long: to drain nodes for it would idle them for hours, and
 * an eviction costs each victim minutes.
 */
final class EvictPass {
  /** A start that no forecast promises is taken to be so far away. */
  private static final long NEVER_MS = 1_000_000_000;

  private final EvictionRules rules;

  EvictPass(EvictionRules rules) {
    this.rules = rules;
  }

  void run(PlanDraft draft) {
    if (draft.snapshot().evictionsDue()) {
      draft.lines().forEach((partition, line) -> new PartitionPass(draft, partition, line).run());
    }
  }

  /** One partition in one cycle. */
  private final class PartitionPass {
    private final PlanDraft draft;
    private final ClusterSnapshot snapshot;
    private final String partition;
    private final Line line;
    private final Guarantees guarantees;
    private final List<Victim> victims = new ArrayList<>();
    private final List<Victim> elastic = new ArrayList<>();
    private final Set<GangId> gone = new HashSet<>();
    private final List<Eviction> decided = new ArrayList<>();
    private final Map<GangId, Gang> waiting = new HashMap<>();

    /** What will be free once those that are evicted here are gone. */
    private final Room free;

    /** GPUs that dear evictions may still take. */
    private int budget;

    PartitionPass(PlanDraft draft, String partition, Line line) {
      this.draft = draft;
      this.snapshot = draft.snapshot();
      this.partition = partition;
      this.line = line;
      this.guarantees = new Guarantees(snapshot, partition);
      this.free = draft.free().copy();
      this.budget = rules.budget(draft.queues().total(partition).gpus());
      snapshot.gangs().forEach(gang -> waiting.put(gang.id(), gang));
      draft.eachVictim(gone::add);
    }

    void run() {
      for (Placement placement : draft.placements()) {
        Gang started = waiting.get(placement.gang());
        if (started != null && placement.partition().equals(partition)) {
          guarantees.book(started.queue(), placement.size().gpus());
        }
      }
      for (RunningGang running : snapshot.running()) {
        if (!gone.contains(running.id())
            && !snapshot.loans().isBorrower(running.id())
            && !draft.places(running.id())) { // one that grows in this cycle may go in a later one
          Victim.of(running, snapshot)
              .filter(victim -> victim.mayYield(rules, snapshot.nowMs()))
              .ifPresent(victims::add);
        }
      }
      victims.stream()
          .filter(Victim::mayShrink)
          .sorted(
              Comparator.comparingLong((Victim victim) -> victim.weight(rules))
                  .thenComparing(Victim::id))
          .forEach(elastic::add);
      for (Gang gang : line.waiting().stream().limit(rules.heads()).toList()) {
        if (budget <= 0 ? victims.stream().allMatch(Victim::isDear) : victims.isEmpty()) {
          break;
        }
        if (gang.phase() == Gang.Phase.WAITING
            && !draft.isEvictedFor(gang.id())
            && draft.queues().refusal(gang).isEmpty()) {
          serve(gang);
        }
      }
      decided.forEach(draft::evict);
    }

    private void serve(Gang gang) {
      Room room = draft.withoutHeldForOthers(free, gang.id());
      ImmutableList<Shadow> earlier = line.shadows().before(gang.id());
      SurplusSearch surplus = new SurplusSearch(gang, room, earlier, elastic, rules);
      if (new GangPlacer().fits(gang, surplus.after(ImmutableList.of(), ImmutableMap.of()))) {
        return; // on what is left of an eviction for another; its turn comes in the next cycle
      }
      int needs = gang.minimumSize().gpus();
      int freedMax = freedMax(gang);
      Optional<ImmutableMap<Victim, ImmutableList<Member>>> enough = surplus.cheapest();
      if (enough.isPresent()) {
        if (mayGo(gang, enough.get(), ImmutableList.of(), freedMax)) {
          evict(gang, surplus, ImmutableList.of(), enough.get());
        }
        return;
      }
      boolean entitled = guarantees.covers(gang.queue(), needs);
      List<Victim> candidates = candidates(gang, entitled);
      if (candidates.isEmpty()) {
        return;
      }
      Map<Victim, List<Member>> allSurplus = surplus.all();
      for (Gang choice : choices(gang, room)) {
        Optional<ImmutableList<Victim>> found =
            new VictimSearch(
                    choice,
                    SurplusSearch.with(room, allSurplus),
                    earlier,
                    candidates.stream()
                        .map(victim -> victim.without(allSurplus.getOrDefault(victim, List.of())))
                        .toList(),
                    guarantees,
                    freedMax,
                    budget(gang),
                    rules)
                .cheapest()
                .filter(victims -> pays(gang, victims, entitled, earlier));
        if (found.isPresent()) {
          evictWith(gang, found.get(), surplus, freedMax);
          return;
        }
      }
    }

    /** The gang on each GPU model that it may run on, best first; as it is if any will do. */
    private static List<Gang> choices(Gang gang, Room room) {
      return room.models()
          .of(gang)
          .map(models -> models.stream().map(m -> gang.withTypes(ImmutableList.of(m))).toList())
          .orElse(List.of(gang));
    }

    /** Evicts whole gangs, and takes the surplus without which that would not be enough. */
    private void evictWith(Gang gang, List<Victim> found, SurplusSearch surplus, int freedMax) {
      List<Victim> whole = new ArrayList<>(victims);
      whole.retainAll(found);
      Map<Victim, List<Member>> rest = surplus.all();
      whole.forEach(rest::remove);
      ImmutableMap<Victim, ImmutableList<Member>> shrinks = surplus.needed(whole, rest);
      if (mayGo(gang, shrinks, whole, freedMax)) {
        evict(gang, surplus, whole, shrinks);
      }
    }

    private boolean mayGo(
        Gang gang,
        ImmutableMap<Victim, ImmutableList<Member>> shrinks,
        List<Victim> whole,
        int freedMax) {
      Map<String, Integer> gpusByLeaf = new HashMap<>();
      whole.forEach(
          victim -> gpusByLeaf.merge(victim.terms().queue(), victim.gpus(), Integer::sum));
      shrinks.forEach(
          (victim, members) ->
              gpusByLeaf.merge(victim.terms().queue(), gpus(members), Integer::sum));
      int freed = gpusByLeaf.values().stream().mapToInt(gpus -> gpus).sum();
      int dear =
          whole.stream().filter(Victim::isDear).mapToInt(Victim::gpus).sum()
              + shrinks.entrySet().stream()
                  .filter(shrink -> shrink.getKey().isDear())
                  .mapToInt(shrink -> gpus(shrink.getValue()))
                  .sum();
      return freed <= freedMax
          && dear <= budget(gang)
          && guarantees.spares(gang.queue(), gpusByLeaf);
    }

    /** Who may be evicted for the gang; those that have no claim to their GPUs come first. */
    private List<Victim> candidates(Gang gang, boolean entitled) {
      List<Victim> lower = new ArrayList<>();
      List<Victim> same = new ArrayList<>();
      for (Victim victim : victims) {
        if (entitled && isLower(gang, victim)) {
          lower.add(victim);
        } else if (savesForIt(gang, victim)
            && (isMuchLarger(gang, victim) || hasWaitedLess(gang, victim))) {
          same.add(victim);
        }
      }
      lower.sort(
          Comparator.comparing((Victim victim) -> victim.terms().checkpointMs().isEmpty())
              .thenComparingLong(victim -> victim.weight(rules))
              .thenComparing(Victim::id));
      same.sort(
          Comparator.comparingDouble((Victim victim) -> -victim.index()).thenComparing(Victim::id));
      lower.addAll(same);
      return lower;
    }

    /** Another queue's, that holds more than it is guaranteed, even without the victim. */
    private boolean isLower(Gang gang, Victim victim) {
      return !victim.terms().queue().equals(gang.queue())
          && guarantees.spares(
              gang.queue(), ImmutableMap.of(victim.terms().queue(), victim.gpus()));
    }

    private boolean savesForIt(Gang gang, Victim victim) {
      return victim.terms().checkpointMs().isPresent()
          && (!victim.terms().queue().equals(gang.queue())
              || victim.terms().priority() <= gang.priority());
    }

    private boolean hasWaitedLess(Gang gang, Victim victim) {
      return line.promoted().contains(gang.id())
          && victim.waitedMs() < snapshot.orders().starveAfterMs();
    }

    private static int gpus(List<Member> members) {
      return members.stream().mapToInt(member -> member.size().gpus()).sum();
    }

    private int budget(Gang gang) {
      return line.promoted().contains(gang.id()) ? Integer.MAX_VALUE : budget;
    }

    private int freedMax(Gang gang) {
      return line.promoted().contains(gang.id())
          ? Integer.MAX_VALUE
          : rules.freedFactor() * gang.minimumSize().gpus();
    }

    private boolean isMuchLarger(Gang gang, Victim victim) {
      @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
      return forecast != null
          && victim.index() > rules.ratio() * forecast.indexMs() * gang.minimumSize().gpus();
    }

    private boolean pays(
        Gang gang, List<Victim> found, boolean entitled, ImmutableList<Shadow> earlier) {
      if (entitled && found.stream().allMatch(victim -> isLower(gang, victim))) {
        return true;
      }
      double meanCostMs = found.stream().mapToLong(Victim::costMs).average().orElse(0);
      @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
      if (meanCostMs <= EvictionTerms.CHEAP_MS || forecast == null) {
        return true;
      }
      long lossMs =
          found.stream().mapToLong(victim -> forecast.remainingMs() + victim.costMs()).sum();
      return startsInMs(gang, earlier) > lossMs;
    }

    /** Until the gang's start without evictions, by median forecasts. */
    private long startsInMs(Gang gang, ImmutableList<Shadow> earlier) {
      Timeline timeline = new Timeline();
      for (RunningGang running : snapshot.running()) {
        @Nullable Forecast forecast = snapshot.forecasts().get(running.id());
        if (forecast != null) {
          timeline.add(running.id(), running.members(), forecast.remainingMs());
        }
      }
      return timeline.shadow(gang, draft.free(), earlier).map(Shadow::inMs).orElse(NEVER_MS);
    }

    private void evict(
        Gang gang,
        SurplusSearch surplus,
        List<Victim> whole,
        ImmutableMap<Victim, ImmutableList<Member>> shrinks) {
      Optional<ImmutableList<Member>> members =
          new GangPlacer().place(gang, surplus.after(whole, shrinks));
      if (members.isEmpty()) {
        return;
      }
      ImmutableSortedMap.Builder<GangId, Eviction.Shrink> narrower =
          ImmutableSortedMap.naturalOrder();
      for (Victim victim : whole) {
        free.giveBackWhereOpen(victim.members());
        guarantees.book(victim.terms().queue(), -victim.gpus());
        budget -= victim.isDear() ? victim.gpus() : 0;
      }
      shrinks.forEach(
          (victim, going) -> {
            free.giveBackWhereOpen(going);
            guarantees.book(victim.terms().queue(), -gpus(going));
            budget -= victim.isDear() ? gpus(going) : 0;
            narrower.put(victim.id(), new Eviction.Shrink(going, victim.width() - going.size()));
          });
      victims.removeAll(whole);
      victims.removeAll(shrinks.keySet());
      elastic.removeAll(whole);
      elastic.removeAll(shrinks.keySet());
      free.take(members.get());
      guarantees.book(gang.queue(), gang.minimumSize().gpus());
      decided.add(
          new Eviction(
              new Placement(gang.id(), partition, members.get()),
              whole.stream()
                  .map(Victim::id)
                  .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())),
              narrower.build(),
              OptionalLong.empty()));
    }
  }
}
