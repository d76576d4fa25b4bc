package org.yarngpu.planner;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Ask;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Resources;

/**
 * What the queues may still take, in the course of a plan.
 *
 * <p>The first gang that a queue's maximum refuses closes that queue to those behind it: else small
 * gangs of the same queue would take each GPU that frees, and a wide one would wait for ever though
 * no node is short. A maximum that covers its whole partition is no limit of its own; there the
 * nodes decide, and the reservation guards the first that does not fit.
 */
final class QueueRoom {
  private final ClusterSnapshot snapshot;
  private final Map<String, Resources> totals = new HashMap<>();
  private final Map<Place, Resources> used = new HashMap<>();
  private final Map<Place, GangId> closedFor = new HashMap<>();

  QueueRoom(ClusterSnapshot snapshot) {
    this.snapshot = snapshot;
  }

  /** A queue in one partition. */
  private record Place(String queue, String partition) {}

  /** Why a queue refuses the gang's minimum now; the refused gang closes the queue. */
  Optional<Rejection> refusal(Gang gang) {
    for (Map.Entry<String, Resources> demand : demand(gang).entrySet()) {
      for (Queue queue = queue(gang.queue()); queue != null; queue = queue(queue.parent())) {
        Optional<Rejection> refusal = refusal(gang, queue, demand.getKey(), demand.getValue());
        if (refusal.isPresent()) {
          return refusal;
        }
      }
    }
    return Optional.empty();
  }

  /** Whether the queues would take the gang's minimum; closes no queue. */
  boolean admits(Gang gang) {
    for (Map.Entry<String, Resources> demand : demand(gang).entrySet()) {
      for (Queue queue = queue(gang.queue()); queue != null; queue = queue(queue.parent())) {
        GangId holder = closedFor.get(new Place(queue.path(), demand.getKey()));
        if ((holder != null && !holder.equals(gang.id()))
            || !fits(queue, demand.getKey(), demand.getValue())) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean fits(Queue queue, String partition, Resources demand) {
    Resources maximum = queue.share(partition).maximum();
    return total(partition).fitsIn(maximum)
        || usedOf(queue, partition).plus(demand).fitsIn(maximum);
  }

  void take(Gang gang) {
    for (Map.Entry<String, Resources> demand : demand(gang).entrySet()) {
      for (Queue queue = queue(gang.queue()); queue != null; queue = queue(queue.parent())) {
        used.put(
            new Place(queue.path(), demand.getKey()),
            usedOf(queue, demand.getKey()).plus(demand.getValue()));
      }
    }
  }

  private Optional<Rejection> refusal(Gang gang, Queue queue, String partition, Resources demand) {
    Place place = new Place(queue.path(), partition);
    GangId holder = closedFor.get(place);
    if (holder != null && !holder.equals(gang.id())) {
      return Optional.of(
          new Rejection(
              Reason.HELD_BY_RESERVATION,
              "what is left of the maximum of queue %s is held for %s, which comes first"
                  .formatted(queue.path(), holder)));
    }
    if (fits(queue, partition, demand)) {
      return Optional.empty();
    }
    Resources maximum = queue.share(partition).maximum();
    closedFor.put(place, gang.id());
    return Optional.of(
        new Rejection(
            Reason.QUEUE_AT_MAXIMUM,
            "%s needs %s together, but queue %s uses %s of its maximum %s%s"
                .formatted(
                    Wording.members(gang),
                    Wording.of(demand),
                    queue.path(),
                    Wording.of(usedOf(queue, partition)),
                    Wording.of(maximum),
                    Wording.under(partition))));
  }

  /** What the open nodes of a partition have in all. */
  Resources total(String partition) {
    return totals.computeIfAbsent(partition, snapshot::total);
  }

  private Resources usedOf(Queue queue, String partition) {
    return used.getOrDefault(new Place(queue.path(), partition), queue.share(partition).used());
  }

  private @Nullable Queue queue(String path) {
    return snapshot.queues().get(path);
  }

  private static Map<String, Resources> demand(Gang gang) {
    Map<String, Resources> demand = new HashMap<>();
    for (Ask ask : gang.minimumAsks()) {
      demand.merge(ask.partition(), ask.size().times(ask.count()), Resources::plus);
    }
    return demand;
  }
}
