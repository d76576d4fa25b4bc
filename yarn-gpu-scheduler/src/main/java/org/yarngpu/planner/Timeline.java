package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;

/** When running gangs are forecast to give back their GPUs. */
final class Timeline {

  /** GPUs that come back. */
  private static final class End {
    static final Comparator<End> ORDER =
        Comparator.comparingLong((End end) -> end.inMs).thenComparing(end -> end.gang);

    final long inMs;
    final GangId gang;
    final ImmutableList<Member> members;

    /** Where they are, once that was looked up; nodes do not change in a cycle. */
    int @Nullable [] at;

    End(long inMs, GangId gang, ImmutableList<Member> members) {
      this.inMs = inMs;
      this.gang = gang;
      this.members = members;
    }

    void giveBackTo(Room room) {
      int[] known = at;
      if (known == null) {
        known = room.open(members);
        at = known;
      }
      room.giveBack(members, known);
    }
  }

  private final GangPlacer placer = new GangPlacer();
  private final List<End> ends = new ArrayList<>();
  private boolean sorted = true;
  private @Nullable AfterAll afterAll;

  /** What is free once all have ended, and what was free before. */
  private record AfterAll(Room free, int changes, Room room) {}

  /** Adds a gang that runs and is expected to give back its GPUs in so long. */
  void add(GangId gang, ImmutableList<Member> members, long inMs) {
    ends.add(new End(inMs, gang, members));
    sorted = false;
    afterAll = null;
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
    if (!placer.fits(gang, without(earlier, afterAll(free)))) {
      return Optional.empty();
    }
    int tooFew = -1; // with so many ends it does not fit
    int enough = ends.size();
    Room afterTooFew = free;
    while (enough - tooFew > 1) {
      int middle = (tooFew + enough) >>> 1;
      Room room = after(Math.max(0, tooFew), middle, afterTooFew);
      if (placer.fits(gang, without(earlier, room))) {
        enough = middle;
      } else {
        tooFew = middle;
        afterTooFew = room;
      }
    }
    long inMs = enough == 0 ? 0 : ends.get(enough - 1).inMs;
    Room room = after(Math.max(0, tooFew), enough, afterTooFew);
    return placer
        .place(gang, without(earlier, room))
        .map(members -> new Shadow(gang.id(), inMs, members));
  }

  /** What is free once all have ended; counted once while that does not change. */
  private Room afterAll(Room free) {
    AfterAll known = afterAll;
    if (known == null || known.free != free || known.changes != free.changes()) {
      known = new AfterAll(free, free.changes(), after(0, ends.size(), free));
      afterAll = known;
    }
    return known.room;
  }

  /** What is free once some more have ended. */
  private Room after(int from, int to, Room before) {
    Room room = before.copy();
    for (End end : ends.subList(from, to)) {
      end.giveBackTo(room);
    }
    return room;
  }

  private static Room without(Iterable<Shadow> earlier, Room all) {
    Room room = all.copy();
    for (Shadow shadow : earlier) {
      room.takeAtMost(shadow.members());
    }
    return room;
  }
}
