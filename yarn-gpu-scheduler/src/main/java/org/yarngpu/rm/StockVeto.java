package org.yarngpu.rm;

import com.google.common.collect.ImmutableMap;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerNode;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;

/**
 * What CapacityScheduler's own path may take. It is asked below YARN's application locks, so it
 * answers from immutable published state alone and takes no lock of an application, a queue or the
 * scheduler: an earlier form that asked the application hung the ResourceManager.
 *
 * @param everything whether the planner has handed all asks back to the stock path
 * @param held by node: what is held for a waiting gang
 */
record StockVeto(boolean everything, ImmutableMap<String, Resources> held) {

  static final StockVeto NOTHING_HELD = new StockVeto(false, ImmutableMap.of());

  static StockVeto of(boolean fallback, Iterable<Reservation> reservations) {
    Map<String, Resources> held = new HashMap<>();
    for (Reservation reservation : reservations) {
      reservation.held().forEach((node, size) -> held.merge(node.value(), size, Resources::plus));
    }
    return new StockVeto(fallback, ImmutableMap.copyOf(held));
  }

  /**
   * Whether the stock path may place an ask on a node.
   *
   * @param gang the asking attempt; null if it is not ours
   * @param size what one container takes
   */
  boolean stockMayUse(@Nullable GangState gang, Resources size, SchedulerNode node) {
    if (everything || gang == null) {
      return true;
    }
    if (gang.beforeAppMaster()) {
      // The AM container goes the stock way; only reserved GPUs are out of its reach.
      return size.gpus() == 0 || leavesRoom(size, node);
    }
    return size.gpus() == 0 && leavesRoom(size, node);
  }

  private boolean leavesRoom(Resources size, SchedulerNode node) {
    NodeId id = node.getNodeID();
    Resources reserved = held.get(id.toString());
    return reserved == null
        || size.fitsIn(YarnResources.of(node.getUnallocatedResource()).minusAtMost(reserved));
  }
}
