package org.yarngpu.planner;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.model.RunningGang;
import org.yarngpu.policy.GangOrder;

/**
 * Places gangs in their order by what is forecast of them: the first that do not fit get a
 * reservation each, and a later one may use what is reserved if it is forecast to be done before.
 *
 * <p>The oldest waiters come first once they have waited very long, since orders by size starve the
 * wide and long; but only while few GPUs run gangs that waited so long, or a backlog of days would
 * turn every order into that of submission. Who is late comes first in any case, but evicts no more
 * than others. Source: EASY backfilling (Lifka, JSSPP 1995) with several reservations; no
 * starvation by reservation instead of ageing.
 *
 * <p>Forecasts may be wrong again and again, always to the harm of the gang that waits for the
 * most. The first in line whose promised start slipped three times therefore drains: nodes are held
 * for it, whatever run times say, until it starts, ends or one of the nodes is lost. One gang of a
 * partition at a time, and none where evictions that cost little would do as well: a drain idles
 * nodes for hours, an eviction costs minutes.
 */
final class BackfillPass {
  /** Reservations at a time, those of promoted waiters among them. */
  private static final int RESERVATIONS = 4;

  /** Gangs whose members are tried in a cycle though they do not fit. */
  private static final int TRIED = 200;

  /** Gangs for which a reservation is looked for in vain, since what they need never ends. */
  private static final int RESERVED_IN_VAIN = 50;

  /** Gangs at a time that come first for having waited so long. */
  private static final int FIRST = 3;

  private static final int STARVE_FACTOR = 3;

  /**
   * Part of a partition's GPUs that gangs may hold which waited so long; then only the late come
   * first.
   */
  private static final double PROMOTED_SHARE = 0.1;

  private static final Comparator<Gang> OLDEST_FIRST =
      Comparator.comparingLong(Gang::submittedMs).thenComparing(Gang::id);

  private final GangOrder order;
  private final GangPlacer placer = new GangPlacer();

  private final EvictionRules rules;

  BackfillPass(GangOrder order, EvictionRules rules) {
    this.order = order;
    this.rules = rules;
  }

  void run(PlanDraft draft) {
    TreeSet<String> partitions = new TreeSet<>(draft.snapshot().reservations().keySet());
    draft.admitted().forEach(gang -> partitions.add(gang.partition()));
    for (String partition : partitions) {
      new PartitionPass(draft, partition).run();
    }
  }

  /** One partition in one cycle. */
  private final class PartitionPass {
    private final PlanDraft draft;
    private final String partition;
    private final ClusterSnapshot snapshot;
    private final Promises promises;
    private final WhyNot whyNot;
    private final List<Gang> replacing;
    private final @Nullable Gang drained;
    private final List<Gang> first;
    private final ImmutableSet<GangId> promoted;
    private final GangOrder.Turns turns;
    private final Timeline timeline = new Timeline();
    private final Shadows shadows;
    private final List<Gang> waiting = new ArrayList<>();

    /** Why gangs of a shape wait; void when anything starts or is reserved. */
    private final Map<Shape, Rejection> told = new HashMap<>();

    private int tried;
    private int inVain;

    PartitionPass(PlanDraft draft, String partition) {
      this.draft = draft;
      this.partition = partition;
      this.snapshot = draft.snapshot();
      this.promises = new Promises(snapshot);
      this.shadows = new Shadows(snapshot);
      this.whyNot = new WhyNot(draft, partition, Room.empty(snapshot.nodes().values().asList()));
      for (RunningGang running : snapshot.running()) {
        Forecast forecast = snapshot.forecasts().get(running.id());
        ImmutableList<Member> lent = running.lent();
        if (!lent.isEmpty()) {
          timeline.add(running.id(), lent, 0); // gone once they are called back
        }
        if (forecast != null && lent.size() < running.members().size()) {
          timeline.add(running.id(), running.owned(), forecast.remainingUpperMs());
        }
      }
      Map<GangId, Gang> others = new LinkedHashMap<>();
      for (Gang gang : draft.admitted()) {
        if (gang.partition().equals(partition)) {
          others.put(gang.id(), gang);
        }
      }
      this.replacing =
          others.values().stream()
              .filter(gang -> gang.phase() == Gang.Phase.REPLACING)
              .sorted(OLDEST_FIRST)
              .toList();
      replacing.forEach(gang -> others.remove(gang.id()));
      this.drained = drained(others);
      boolean promotes = promotedGpus() < PROMOTED_SHARE * draft.queues().total(partition).gpus();
      this.first =
          others.values().stream()
              .filter(gang -> snapshot.isLate(gang) || (promotes && starves(gang)))
              .sorted(OLDEST_FIRST)
              .limit(FIRST)
              .toList();
      this.promoted =
          first.stream()
              .filter(gang -> promotes && starves(gang))
              .map(Gang::id)
              .collect(ImmutableSet.toImmutableSet());
      first.forEach(gang -> others.remove(gang.id()));
      this.turns = order.turns(snapshot, partition, others.values());
    }

    /** Takes the gang that drains out of the others; a drain that has lost its sense ends. */
    private @Nullable Gang drained(Map<GangId, Gang> others) {
      Reservation firm = draft.reservation(partition);
      if (firm == null) {
        return null;
      }
      if (!others.containsKey(firm.gang()) || !isThere(firm)) {
        draft.end(partition);
        return null;
      }
      return others.remove(firm.gang());
    }

    private boolean isThere(Reservation firm) {
      for (Map.Entry<NodeId, Resources> held : firm.held().entrySet()) {
        Node node = snapshot.node(held.getKey());
        if (node == null || !node.open() || !held.getValue().fitsIn(node.total())) {
          return false;
        }
      }
      return true;
    }

    private int promotedGpus() {
      int gpus = 0;
      for (RunningGang running : snapshot.running()) {
        if (running.waitedMs() >= snapshot.orders().starveAfterMs()) {
          gpus += running.members().stream().mapToInt(member -> member.size().gpus()).sum();
        }
      }
      return gpus;
    }

    private boolean starves(Gang gang) {
      Forecast forecast = snapshot.forecasts().get(gang.id());
      long runMs = forecast == null ? 0 : forecast.remainingMs();
      return snapshot.nowMs() - gang.submittedMs()
          >= Math.max(snapshot.orders().starveAfterMs(), STARVE_FACTOR * runMs);
    }

    void run() {
      // Broken gangs may take what is held: the gang that drains may wait for what they keep.
      // Nor must one that yields to another take what is held for that.
      replacing.forEach(
          gang -> serve(gang, draft.yields(gang.id()) ? draft.roomOf(gang.id()) : draft.free()));
      shadows.forgetRooms();
      if (drained != null) {
        serveDrained(drained);
      }
      first.forEach(gang -> serve(gang, draft.open()));
      for (Gang gang = turns.next(); gang != null; gang = turns.next()) {
        serve(gang, draft.open());
      }
      draft.line(partition, new Line(waiting, shadows, promoted));
    }

    private void serveDrained(Gang gang) {
      Optional<Rejection> refusal = draft.queues().refusal(gang);
      if (refusal.isPresent()) {
        draft.end(partition);
        draft.reject(gang, refusal.get());
        return;
      }
      Room room = draft.roomOf(gang.id());
      Optional<ImmutableList<Member>> members = placer.place(gang, room);
      if (members.isPresent()) {
        draft.end(partition);
        start(gang, members.get());
        return;
      }
      draft.reject(gang, whyNot.of(gang, room));
      waiting.add(gang);
      timeline
          .shadow(gang, draft.free(), ImmutableList.of())
          .ifPresent(shadow -> draft.promise(promises.toFirst(gang.id(), shadow.inMs())));
      shadows.addFirm(Shadow.of(requireNonNull(draft.reservation(partition), "a drain ended")));
    }

    /**
     * Starts the gang, or says why not and reserves for it.
     *
     * @param open what nobody holds for others
     */
    private void serve(Gang gang, Room open) {
      Optional<Rejection> refusal = draft.queues().refusal(gang);
      if (refusal.isPresent()) {
        draft.reject(gang, refusal.get());
        return;
      }
      if (tried < TRIED && mayFit(gang) && isServed(gang, shadows.room(gang, open))) {
        return;
      }
      draft.reject(gang, told.computeIfAbsent(Shape.of(gang), shape -> rejection(gang)));
      waiting.add(gang);
      if (mayHold()) {
        shadow(gang).ifPresentOrElse(shadow -> hold(gang, shadow), () -> inVain++);
      }
    }

    private boolean mayHold() {
      return shadows.size() < RESERVATIONS && inVain < RESERVED_IN_VAIN;
    }

    /** Whether the gang fits, and so starts, or waits for a faster model. */
    private boolean isServed(Gang gang, Room room) {
      tried++;
      Optional<ImmutableList<Member>> members = placer.place(gang, room);
      if (members.isEmpty()) {
        return false;
      }
      String found = room.modelOf(members.get().get(0));
      Optional<ModelChoice.Choice> choice = doneSooner(gang, found, room);
      Optional<Shadow> later = choice.flatMap(ModelChoice.Choice::shadow);
      if (later.isEmpty()) {
        start(gang, choice.flatMap(now -> placer.place(now.gang(), room)).orElse(members.get()));
        return true;
      }
      draft.reject(gang, preferredModelBusy(gang, found, choice.get().model(), later.get()));
      waiting.add(gang);
      if (mayHold()) {
        hold(gang, later.get());
      }
      return true;
    }

    /**
     * Where a gang that could start now is done first; empty if it has no reason to look. One that
     * has waited very long takes what it can get, since forecasts of free GPUs may be wrong again
     * and again.
     *
     * @param found the model on which it could start
     */
    private Optional<ModelChoice.Choice> doneSooner(Gang gang, String found, Room room) {
      Forecast forecast = snapshot.forecasts().get(gang.id());
      Optional<ImmutableList<String>> models = room.models().of(gang);
      return gang.phase() != Gang.Phase.WAITING
              || forecast == null
              || forecast.speeds().isEmpty()
              || models.isEmpty()
              || found.equals(models.get().get(0))
              || starves(gang)
              || snapshot.isLate(gang)
          ? Optional.empty()
          : choices().best(gang, models.get(), forecast, room);
    }

    private ModelChoice choices() {
      return new ModelChoice(timeline, draft.free(), shadows.all());
    }

    /** The first moment at which the gang fits, on the model where it is then done first. */
    private Optional<Shadow> shadow(Gang gang) {
      Optional<ImmutableList<String>> models = draft.free().models().of(gang);
      return models.isEmpty()
          ? timeline.shadow(gang, draft.free(), shadows.all())
          : choices()
              .best(gang, models.get(), snapshot.forecasts().get(gang.id()), null)
              .flatMap(ModelChoice.Choice::shadow);
    }

    private Rejection preferredModelBusy(Gang gang, String found, String preferred, Shadow later) {
      Forecast forecast = requireNonNull(snapshot.forecasts().get(gang.id()), "no forecast");
      return new Rejection(
          Reason.PREFERRED_MODEL_BUSY,
          "%s would fit on %s now, but is expected to be done sooner on %s, which is free for it in %d s; %s has %.2f of its speed"
              .formatted(
                  Wording.members(gang),
                  found,
                  preferred,
                  later.inMs() / 1000,
                  found,
                  forecast.speed(found) / forecast.speed(preferred)));
    }

    private boolean mayFit(Gang gang) {
      int free = draft.free().gpusInAll();
      return free > 0 && gang.minimumSize().gpus() <= free;
    }

    private void start(Gang gang, ImmutableList<Member> members) {
      draft.place(gang, members);
      shadows.forgetRooms();
      told.clear();
      turns.served(gang, gang.minimumSize());
      Forecast forecast = snapshot.forecasts().get(gang.id());
      if (forecast != null) {
        timeline.add(
            gang.id(), members, forecast.at(slowest(forecast, members)).remainingUpperMs());
      }
      gang.beyondMinimum()
          // Else its turn is in the next cycle, which knows the model that the others are on.
          .filter(rest -> rest.partition().equals(gang.partition()) && rest.types().isEmpty())
          .ifPresent(turns::add);
    }

    private double slowest(Forecast forecast, ImmutableList<Member> members) {
      return forecast.speeds().isEmpty()
          ? 1
          : draft.free().modelsOf(members).stream().mapToDouble(forecast::speed).min().orElse(1);
    }

    private void hold(Gang gang, Shadow shadow) {
      told.clear();
      if (shadows.size() > 0) {
        draft.promise(promises.toLater(gang.id(), shadow.inMs()));
        shadows.add(shadow);
        return;
      }
      Promise promise = promises.toFirst(gang.id(), shadow.inMs());
      draft.promise(promise);
      if (promise.slips() >= Promises.SLIPS_TO_DRAIN && !evictionsWouldDo(gang)) {
        draft.reserve(shadow.firm(partition));
        shadows.addFirm(shadow);
      } else {
        shadows.add(shadow);
      }
    }

    /**
     * Whether the gang would fit if all of its queue went who yield cheaply. Then nothing needs to
     * be held for it: it evicts them at the latest when it comes first for having waited so long.
     */
    private boolean evictionsWouldDo(Gang gang) {
      Room room = draft.free().copy();
      for (RunningGang running : snapshot.running()) {
        if (snapshot.yieldsCheaply(running.id())
            && running.terms().filter(terms -> mayYield(terms, gang)).isPresent()) {
          room.giveBackWhereOpen(running.members());
        }
      }
      return placer.fits(gang, room);
    }

    /** Whether it may be evicted for the gang, at some time. */
    private boolean mayYield(EvictionTerms terms, Gang gang) {
      return terms.queue().equals(gang.queue())
          && terms.priority() <= gang.priority()
          && terms.evictions() < rules.evictions();
    }

    private Rejection rejection(Gang gang) {
      if (shadows.size() > 0 && mayFit(gang) && placer.fits(gang, draft.free())) {
        return new Rejection(
            Reason.HELD_BY_RESERVATION,
            "%s would fit, but would delay %s, which comes first"
                .formatted(Wording.members(gang), shadows.all().iterator().next().gang()));
      }
      return whyNot.of(gang, draft.free());
    }
  }
}
