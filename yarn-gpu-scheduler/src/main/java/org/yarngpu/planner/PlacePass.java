package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Cure;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.policy.GangOrder;

/**
 * Places gangs in their order; the first that does not fit gets the partition's reservation, and
 * those behind it take only what it does not hold.
 *
 * <p>A reservation is firm: it stays until its gang starts, ends or may not run, whoever comes
 * later in whatever order, and it moves only where fewer GPUs are missing. Hence its gang starts at
 * the latest when all that runs on the held nodes has ended.
 */
final class PlacePass {
  private static final Comparator<Gang> OLDEST_FIRST =
      Comparator.comparingInt(Gang::priority)
          .reversed()
          .thenComparingLong(Gang::submittedMs)
          .thenComparing(Gang::id);

  private final GangOrder order;
  private final GangPlacer placer = new GangPlacer();
  private final Reserver reserver = new Reserver();

  PlacePass(GangOrder order) {
    this.order = order;
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
    private final Room idle;
    private final WhyNot whyNot;
    private final GangOrder.Turns turns;
    private final List<Gang> replacing = new ArrayList<>();

    /**
     * Why gangs like this were refused; holds for the rest of the cycle, since room only shrinks.
     */
    private final Map<Shape, Rejection> refused = new HashMap<>();

    PartitionPass(PlanDraft draft, String partition) {
      this.draft = draft;
      this.partition = partition;
      this.idle = Room.empty(draft.snapshot().nodes().values().asList());
      this.whyNot = new WhyNot(draft, partition, idle);
      List<Gang> others = new ArrayList<>();
      @Nullable Reservation reservation = draft.reservation(partition);
      for (Gang gang : draft.admitted()) {
        if (!gang.partition().equals(partition)
            || (reservation != null && reservation.gang().equals(gang.id()))) {
          continue;
        }
        if (gang.phase() == Gang.Phase.REPLACING) {
          replacing.add(gang);
        } else {
          others.add(gang);
        }
      }
      replacing.sort(OLDEST_FIRST);
      this.turns = order.turns(draft.snapshot(), partition, others);
    }

    void run() {
      Reservation reservation = draft.reservation(partition);
      if (reservation == null || replacing.isEmpty() || isBroken(reservation.gang())) {
        serveReserved();
        replacing.forEach(this::serve);
      } else {
        serveBrokenFirst(reservation);
      }
      for (Gang gang = turns.next(); gang != null; gang = turns.next()) {
        serve(gang);
      }
    }

    private boolean isBroken(GangId id) {
      Gang gang = draft.admitted(id);
      return gang != null && gang.phase() == Gang.Phase.REPLACING;
    }

    /**
     * Broken gangs come before the reserved one, and take what is held for it: while they wait they
     * keep the GPUs of their other members, which it may be waiting for.
     */
    private void serveBrokenFirst(Reservation reservation) {
      draft.end(partition);
      replacing.forEach(this::serve);
      if (draft.reservation(partition) == null) {
        draft.reserve(reservation);
        serveReserved();
        return;
      }
      Gang gang = draft.admitted(reservation.gang());
      if (gang != null && gang.partition().equals(partition)) {
        serve(gang);
      }
    }

    private void serveReserved() {
      Reservation reservation = draft.reservation(partition);
      if (reservation == null) {
        return;
      }
      Gang gang = draft.admitted(reservation.gang());
      if (gang == null || !gang.partition().equals(partition)) {
        draft.end(partition);
        return;
      }
      Optional<Rejection> refusal = draft.queues().refusal(gang);
      if (refusal.isPresent()) {
        draft.end(partition);
        draft.reject(gang, refusal.get());
        return;
      }
      Room room = draft.roomOf(gang.id());
      Optional<ImmutableList<Member>> members =
          placer.place(gang, room).or(() -> placer.place(gang, room.only(reservation)));
      if (members.isPresent()) {
        draft.end(partition);
        start(gang, members.get());
        return;
      }
      Rejection rejection = whyNot.of(gang, room);
      draft.reject(gang, rejection);
      if (rejection.cure() == Cure.NONE) {
        draft.end(partition);
        return;
      }
      Optional<Reservation> better = reserve(gang);
      boolean sound = placer.fits(gang, idle.only(reservation));
      if (better.isPresent() && (!sound || missing(better.get()) < missing(reservation))) {
        draft.reserve(better.get());
      } else if (!sound) {
        draft.end(partition);
      }
    }

    private void serve(Gang gang) {
      Optional<Rejection> refusal = draft.queues().refusal(gang);
      if (refusal.isPresent()) {
        draft.reject(gang, refusal.get());
        return;
      }
      Shape shape = Shape.of(gang);
      Rejection before = refused.get(shape);
      if (before != null) {
        draft.reject(gang, before);
        return;
      }
      Optional<ImmutableList<Member>> members = placer.place(gang, draft.open());
      if (members.isPresent()) {
        start(gang, members.get());
        return;
      }
      Rejection rejection = whyNot.of(gang, draft.free());
      draft.reject(gang, rejection);
      if (rejection.cure() != Cure.NONE && draft.reservation(partition) == null) {
        reserve(gang).ifPresent(draft::reserve);
      } else {
        refused.put(shape, rejection);
      }
    }

    private void start(Gang gang, ImmutableList<Member> members) {
      draft.place(gang, members);
      turns.served(gang, gang.minimumSize());
      gang.beyondMinimum()
          // Else its turn is in the next cycle, which knows the model that the others are on.
          .filter(rest -> rest.partition().equals(partition) && rest.types().isEmpty())
          .ifPresent(turns::add);
    }

    private Optional<Reservation> reserve(Gang gang) {
      return reserver.reserve(
          gang, draft.roomOf(gang.id()), draft.withoutHeldForOthers(idle, gang.id()));
    }

    private int missing(Reservation reservation) {
      return reservation.missingGpus(draft.snapshot());
    }
  }
}
