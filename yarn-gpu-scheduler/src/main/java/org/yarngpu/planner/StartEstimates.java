package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.RunningGang;

/**
 * When the gangs in a line would start, one after another, each as soon as it fits and none before
 * the one ahead of it; by median forecasts. Nobody passes here whom backfilling would let pass, and
 * what queues and users may use at most is not looked at.
 *
 * <p>O(gangs × log(running) × nodes), for the first {@value #SIMULATED} gangs of a line.
 */
final class StartEstimates {
  /** So many gangs of a line are played through; of those behind them less is said. */
  static final int SIMULATED = 200;

  private static final Comparator<End> ORDER =
      Comparator.comparingLong(End::inMs).thenComparing(End::gang);

  private final GangPlacer placer = new GangPlacer();
  private final ClusterSnapshot snapshot;
  private final Map<GangId, StartEstimate> estimates;

  /** What is free at the moment that was reached. */
  private final Room free;

  /** What is free once all have ended that ever will. */
  private final Room afterAll;

  /** Sorted; the later ones of those that hold GPUs at that moment. */
  private final List<End> ends = new ArrayList<>();

  private int ended;

  /** From the snapshot on. */
  private long reachedMs;

  /** GPUs that come back. */
  private record End(long inMs, GangId gang, ImmutableList<Member> members) {}

  private StartEstimates(PlanDraft draft, Map<GangId, StartEstimate> estimates) {
    this.estimates = estimates;
    this.snapshot = draft.snapshot();
    this.free = draft.free().copy();
    this.afterAll = draft.free().copy();
    Set<GangId> evicted = new HashSet<>();
    draft.evictions().forEach(eviction -> evicted.addAll(eviction.victims()));
    for (RunningGang running : snapshot.running()) {
      if (evicted.contains(running.id())) {
        free.giveBackWhereOpen(running.members());
        afterAll.giveBackWhereOpen(running.members());
      } else {
        holds(running.id(), running.members());
      }
    }
    for (Placement placement : draft.placements()) {
      holds(placement.gang(), placement.members());
    }
    for (Eviction eviction : draft.evictions()) {
      free.takeAtMost(eviction.placement().members());
      afterAll.takeAtMost(eviction.placement().members());
      holds(eviction.gang(), eviction.placement().members());
    }
    Collections.sort(ends, ORDER);
  }

  /** Of all who are in line after the passes have run. */
  static ImmutableMap<GangId, StartEstimate> of(PlanDraft draft) {
    Map<GangId, StartEstimate> estimates = new HashMap<>();
    draft.lines().values().forEach(line -> new StartEstimates(draft, estimates).note(line));
    return ImmutableMap.copyOf(estimates);
  }

  private void note(Line line) {
    int simulated = 0;
    for (Gang gang : line.waiting()) {
      if (simulated++ < SIMULATED) {
        simulate(gang);
      } else {
        note(gang, StartEstimate.Bound.NOT_BEFORE);
      }
    }
  }

  private void holds(GangId gang, ImmutableList<Member> members) {
    @Nullable Forecast forecast = snapshot.forecasts().get(gang);
    if (forecast != null) {
      ends.add(new End(forecast.remainingMs(), gang, members));
      afterAll.giveBackWhereOpen(members);
    }
  }

  private void note(Gang gang, StartEstimate.Bound bound) {
    estimates.put(gang.id(), new StartEstimate(snapshot.nowMs() + reachedMs, bound));
  }

  /** Lets time pass until the gang fits, and starts it; what never fits is passed over. */
  private void simulate(Gang gang) {
    if (!placer.fits(gang, afterAll)) {
      return;
    }
    pass(endsUntilFit(gang));
    Optional<ImmutableList<Member>> members = placer.place(gang, free);
    if (members.isEmpty()) {
      return; // of several roles: the search gave up
    }
    note(gang, StartEstimate.Bound.ABOUT);
    free.take(members.get());
    @Nullable Forecast forecast = snapshot.forecasts().get(gang.id());
    if (forecast == null) {
      afterAll.take(members.get());
      return;
    }
    End end = new End(reachedMs + forecast.remainingMs(), gang.id(), members.get());
    List<End> open = ends.subList(ended, ends.size());
    int place = Collections.binarySearch(open, end, ORDER);
    open.add(place < 0 ? -place - 1 : place, end);
  }

  /** How many more must end before the gang fits: what fits still does when more is free. */
  private int endsUntilFit(Gang gang) {
    int tooFew = -1;
    int enough = ends.size() - ended;
    while (enough - tooFew > 1) {
      int middle = (tooFew + enough) >>> 1;
      Room room = free.copy();
      ends.subList(ended, ended + middle).forEach(end -> room.giveBackWhereOpen(end.members()));
      if (placer.fits(gang, room)) {
        enough = middle;
      } else {
        tooFew = middle;
      }
    }
    return enough;
  }

  private void pass(int count) {
    for (End end : ends.subList(ended, ended + count)) {
      free.giveBackWhereOpen(end.members());
      reachedMs = Math.max(reachedMs, end.inMs());
    }
    ended += count;
  }
}
