package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Node;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;

/** Says why a gang did not fit, in the course of one partition's pass. */
final class WhyNot {
  private final PlanDraft draft;
  private final String partition;
  private final Room idle;
  private final GangPlacer placer = new GangPlacer();
  private @Nullable FreeGpus lastFree;
  private final Map<String, FreeGpus> freeByModel = new HashMap<>();

  /**
   * For one partition.
   *
   * @param idle the open nodes, were nothing running there
   */
  WhyNot(PlanDraft draft, String partition, Room idle) {
    this.draft = draft;
    this.partition = partition;
    this.idle = idle;
  }

  /** Why the gang does not fit into {@code room}, the most fundamental reason first. */
  Rejection of(Gang gang, Room room) {
    if (!placer.fits(gang, idle)) {
      return notEvenOnIdleNodes(gang, room);
    }
    Reservation holder = draft.reservation(partition);
    if (holder != null && !holder.gang().equals(gang.id()) && placer.fits(gang, draft.free())) {
      return new Rejection(
          Reason.HELD_BY_RESERVATION,
          "%s; %s are held for %s, which comes first"
              .formatted(numbers(gang, room), Wording.gpus(holder.gpus()), holder.gang()));
    }
    int mostFree = mostFree(gang, room);
    if (mostFree < gang.minimumSize().gpus()) {
      return new Rejection(Reason.NOT_ENOUGH_FREE_GPUS, numbers(gang, room));
    }
    return placer.fits(gang.onlyGpus(), room)
        ? new Rejection(
            Reason.OTHER_RESOURCE_SHORT,
            numbers(gang, room) + "; memory or vcores are short where the GPUs are free")
        : new Rejection(Reason.FRAGMENTED, numbers(gang, room));
  }

  /** GPUs that are free together: in all, or of the model of which the most are. */
  private int mostFree(Gang gang, Room room) {
    return room.models()
        .of(gang)
        .map(models -> models.stream().mapToInt(model -> freeOf(room, model).inAll).max().orElse(0))
        .orElseGet(() -> freeGpus(room).inAll);
  }

  private Rejection notEvenOnIdleNodes(Gang gang, Room room) {
    if (draft.feasibility().fitsKnownNodes(gang)) {
      return new Rejection(
          Reason.NODES_UNHEALTHY,
          numbers(gang, room) + "; nodes that it needs are lost, unhealthy or busy");
    }
    if (!draft.snapshot().settled()) {
      return new Rejection(
          Reason.NODES_UNHEALTHY,
          numbers(gang, room) + "; nodes may still register after the start");
    }
    Optional<Rejection> never = draft.feasibility().never(gang);
    return never.orElseGet(
        () ->
            gang.choosy()
                ? new Rejection(
                    Reason.EXCLUDED_BY_JOB,
                    numbers(gang, room)
                        + "; the job excludes too many hosts, or insists on too few")
                : new Rejection(
                    Reason.FRAGMENTED,
                    numbers(gang, room) + "; no way was found to pack its roles"));
  }

  private String numbers(Gang gang, Room room) {
    return room.models()
        .of(gang)
        .map(models -> numbers(gang, models, room))
        .orElseGet(() -> numbers(gang, freeGpus(room)));
  }

  private String numbers(Gang gang, ImmutableList<String> models, Room room) {
    StringBuilder text =
        new StringBuilder(Wording.members(gang))
            .append(" needs ")
            .append(Wording.gpus(gang.minimumSize().gpus()))
            .append(" together on one model");
    String before = Wording.under(partition) + ": free are ";
    for (String model : models) {
      FreeGpus free = freeOf(room, model);
      text.append(before)
          .append(free.inAll)
          .append(" of ")
          .append(totalOf(room, model))
          .append(" of ")
          .append(model)
          .append(", at most ")
          .append(free.mostOnOneNode)
          .append(" on one node");
      before = "; ";
    }
    return text.toString();
  }

  private FreeGpus freeOf(Room room, String model) {
    FreeGpus known = freeByModel.get(model);
    if (known == null || known.room != room || known.changes != room.changes()) {
      FreeGpus counted = FreeGpus.of(room.on(partition, model), partition);
      known = new FreeGpus(room, room.changes(), counted.inAll, counted.mostOnOneNode);
      freeByModel.put(model, known);
    }
    return known;
  }

  private int totalOf(Room room, String model) {
    int total = 0;
    for (int i = 0; i < room.size(); i++) {
      Node node = room.node(i);
      if (node.open() && node.partition().equals(partition) && node.model().equals(model)) {
        total += node.total().gpus();
      }
    }
    return total;
  }

  /** Concatenated, since a backlog makes ten thousand of these in a cycle. */
  private String numbers(Gang gang, FreeGpus free) {
    return Wording.members(gang)
        + " needs "
        + Wording.gpus(gang.minimumSize().gpus())
        + " together, free are "
        + free.inAll
        + " of "
        + draft.queues().total(partition).gpus()
        + Wording.under(partition)
        + ", at most "
        + free.mostOnOneNode
        + " on one node";
  }

  private FreeGpus freeGpus(Room room) {
    FreeGpus known = lastFree;
    if (known == null || known.room != room || known.changes != room.changes()) {
      known = FreeGpus.of(room, partition);
      lastFree = known;
    }
    return known;
  }

  /**
   * How many GPUs of a partition are free, and how many of them on one node; counted once for all
   * gangs that are refused while that does not change.
   */
  private record FreeGpus(Room room, int changes, int inAll, int mostOnOneNode) {
    static FreeGpus of(Room room, String partition) {
      int inAll = 0;
      int mostOnOneNode = 0;
      for (int i = 0; i < room.size(); i++) {
        if (room.gpus(i) > 0 && room.node(i).partition().equals(partition)) {
          inAll += room.gpus(i);
          mostOnOneNode = Math.max(mostOnOneNode, room.gpus(i));
        }
      }
      return new FreeGpus(room, room.changes(), inAll, mostOnOneNode);
    }
  }
}
