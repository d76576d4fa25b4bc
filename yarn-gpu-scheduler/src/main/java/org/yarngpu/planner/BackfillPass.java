package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
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
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.RunningGang;
import org.yarngpu.policy.GangOrder;

/**
 * Places gangs in their order by what is forecast of them: the first that do not fit get a
 * reservation each, and a later one may use what is reserved if it is forecast to be done before.
 *
 * <p>The oldest waiters come first once they have waited very long, since orders by size starve the
 * wide and long; but only while few GPUs run gangs that waited so long, or a backlog of days would
 * turn every order into that of submission. Source: EASY backfilling (Lifka, JSSPP 1995) with
 * several reservations; no starvation by reservation instead of ageing.
 */
final class BackfillPass {
  /** Reservations at a time, those of promoted waiters among them. */
  private static final int RESERVATIONS = 4;

  /** Gangs that are looked at behind the first that does not fit. */
  private static final int SCANNED = 200;

  private static final int PROMOTED = 3;
  private static final int STARVE_FACTOR = 3;

  /**
   * Part of a partition's GPUs that gangs may hold which waited so long; then nobody is promoted.
   */
  private static final double PROMOTED_SHARE = 0.1;

  /** A gang that ends so little after a reservation begins does not delay it. */
  private static final long SLACK_MS = 1_000;

  private static final Comparator<Gang> OLDEST_FIRST =
      Comparator.comparingLong(Gang::submittedMs).thenComparing(Gang::id);

  private final GangOrder order;
  private final GangPlacer placer = new GangPlacer();

  BackfillPass(GangOrder order) {
    this.order = order;
  }

  void run(PlanDraft draft) {
    TreeSet<String> partitions = new TreeSet<>();
    draft.admitted().forEach(gang -> partitions.add(gang.partition()));
    for (String partition : partitions) {
      new PartitionPass(draft, partition).run();
    }
  }

  /** One partition in one cycle. */
  private final class PartitionPass {
    private final PlanDraft draft;
    private final ClusterSnapshot snapshot;
    private final WhyNot whyNot;
    private final List<Gang> first = new ArrayList<>();
    private final GangOrder.Turns turns;
    private final Timeline timeline = new Timeline();
    private final List<Shadow> shadows = new ArrayList<>();

    /** What gangs may use, by the shadows that are in their way, as bits; void when any moves. */
    private final Map<Integer, Room> rooms = new HashMap<>();

    private int scanned;

    PartitionPass(PlanDraft draft, String partition) {
      this.draft = draft;
      this.snapshot = draft.snapshot();
      this.whyNot = new WhyNot(draft, partition, Room.empty(snapshot.nodes().values().asList()));
      for (RunningGang running : snapshot.running()) {
        Forecast forecast = snapshot.forecasts().get(running.id());
        if (forecast != null) {
          timeline.add(running.id(), running.members(), forecast);
        }
      }
      Map<GangId, Gang> others = new LinkedHashMap<>();
      for (Gang gang : draft.admitted()) {
        if (gang.partition().equals(partition)) {
          others.put(gang.id(), gang);
        }
      }
      List<Gang> replacing =
          others.values().stream()
              .filter(gang -> gang.phase() == Gang.Phase.REPLACING)
              .sorted(OLDEST_FIRST)
              .toList();
      List<Gang> promoted =
          others.values().stream()
              .filter(gang -> gang.phase() != Gang.Phase.REPLACING && starves(gang))
              .sorted(OLDEST_FIRST)
              .limit(
                  promotedGpus() < PROMOTED_SHARE * draft.queues().total(partition).gpus()
                      ? PROMOTED
                      : 0)
              .toList();
      first.addAll(replacing);
      first.addAll(promoted);
      first.forEach(gang -> others.remove(gang.id()));
      this.turns = order.turns(snapshot, partition, others.values());
    }

    private int promotedGpus() {
      int gpus = 0;
      for (RunningGang running : snapshot.running()) {
        if (running.waitedMs() >= Planner.PROMOTED_AFTER_MS) {
          gpus += running.members().stream().mapToInt(member -> member.size().gpus()).sum();
        }
      }
      return gpus;
    }

    private boolean starves(Gang gang) {
      Forecast forecast = snapshot.forecasts().get(gang.id());
      long runMs = forecast == null ? 0 : forecast.remainingMs();
      return snapshot.nowMs() - gang.submittedMs()
          >= Math.max(Planner.PROMOTED_AFTER_MS, STARVE_FACTOR * runMs);
    }

    void run() {
      first.forEach(this::serve);
      for (Gang gang = turns.next(); gang != null; gang = turns.next()) {
        serve(gang);
      }
    }

    private void serve(Gang gang) {
      Optional<Rejection> refusal = draft.queues().refusal(gang);
      if (refusal.isPresent()) {
        draft.reject(gang, refusal.get());
        return;
      }
      if (scanned <= SCANNED && start(gang)) {
        return;
      }
      boolean reserves = shadows.size() < RESERVATIONS;
      if (!shadows.isEmpty()) {
        scanned++;
      }
      draft.reject(gang, rejection(gang));
      if (reserves) {
        timeline.shadow(gang, draft.free(), shadows).ifPresent(this::hold);
      }
    }

    private boolean start(Gang gang) {
      if (draft.free().gpusInAll() == 0) {
        return false;
      }
      Optional<ImmutableList<Member>> members = placer.place(gang, room(gang));
      if (members.isEmpty()) {
        return false;
      }
      draft.place(gang, members.get());
      rooms.clear();
      turns.served(gang, gang.minimumSize());
      Forecast forecast = snapshot.forecasts().get(gang.id());
      if (forecast != null) {
        timeline.add(gang.id(), members.get(), forecast);
      }
      gang.beyondMinimum()
          .filter(rest -> rest.partition().equals(gang.partition()))
          .ifPresent(turns::add);
      return true;
    }

    private void hold(Shadow shadow) {
      shadows.add(shadow);
      rooms.clear();
    }

    /** What is free, less what is reserved from before the gang is forecast to be done. */
    private Room room(Gang gang) {
      @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
      int inTheWay = 0;
      for (int s = 0; s < shadows.size(); s++) {
        long beginsInMs = shadows.get(s).inMs() + SLACK_MS;
        if (forecast == null || forecast.remainingUpperMs() > beginsInMs) {
          inTheWay |= 1 << s;
        }
      }
      return rooms.computeIfAbsent(inTheWay, this::without);
    }

    private Room without(int inTheWay) {
      Room room = draft.free().copy();
      for (int s = 0; s < shadows.size(); s++) {
        if ((inTheWay & 1 << s) != 0) {
          room.takeAtMost(shadows.get(s).members());
        }
      }
      return room;
    }

    private Rejection rejection(Gang gang) {
      if (!shadows.isEmpty() && placer.fits(gang, draft.free())) {
        return new Rejection(
            Reason.HELD_BY_RESERVATION,
            "%s would fit, but would delay %s, which comes first"
                .formatted(Wording.members(gang), shadows.get(0).gang()));
      }
      return whyNot.of(gang, draft.free());
    }
  }
}
