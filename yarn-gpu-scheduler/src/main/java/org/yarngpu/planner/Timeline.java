package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;

/** When running gangs are forecast to give back their GPUs. */
final class Timeline {

  /** GPUs that come back. */
  private record End(long inMs, GangId gang, ImmutableList<Member> members) {
    static final Comparator<End> ORDER =
        Comparator.comparingLong(End::inMs).thenComparing(End::gang);
  }

  private final GangPlacer placer = new GangPlacer();
  private final List<End> ends = new ArrayList<>();
  private boolean sorted = true;

  /** Adds a gang that runs and is expected to give back its GPUs in so long. */
  void add(GangId gang, ImmutableList<Member> members, long inMs) {
    ends.add(new End(inMs, gang, members));
    sorted = false;
  }

  /**
   * The first moment at which the gang fits, as running gangs end in their order; empty if it does
   * not even when all have ended that ever will. O(log running) placements.
   *
   * @param free what is free now
   * @param earlier what is promised to others from some moment on, and so is not there for this one
   */
  Optional<Shadow> shadow(Gang gang, Room free, Iterable<Shadow> earlier) {
    if (!sorted) {
      ends.sort(End.ORDER);
      sorted = true;
    }
    if (!placer.fits(gang, room(ends.size(), free, earlier))) {
      return Optional.empty();
    }
    int tooFew = -1; // with so many ends it does not fit
    int enough = ends.size();
    while (enough - tooFew > 1) {
      int middle = (tooFew + enough) >>> 1;
      if (placer.fits(gang, room(middle, free, earlier))) {
        enough = middle;
      } else {
        tooFew = middle;
      }
    }
    long inMs = enough == 0 ? 0 : ends.get(enough - 1).inMs();
    return placer
        .place(gang, room(enough, free, earlier))
        .map(members -> new Shadow(gang.id(), inMs, members));
  }

  private Room room(int count, Room free, Iterable<Shadow> earlier) {
    Room room = free.copy();
    for (End end : ends.subList(0, count)) {
      room.giveBackWhereOpen(end.members());
    }
    for (Shadow shadow : earlier) {
      room.takeAtMost(shadow.members());
    }
    return room;
  }
}
