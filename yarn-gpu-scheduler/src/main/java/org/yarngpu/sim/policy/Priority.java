package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Reservation;
import org.yarngpu.planner.Planner;
import org.yarngpu.sim.policy.Decision.Start;

/**
 * The product: the planner that runs in the ResourceManager, with its order of queues, priority and
 * submission and its firm reservation.
 */
public final class Priority implements Policy {
  private final Planner planner = Planner.priority();
  private final WaitingLines waiting = new WaitingLines();
  private ImmutableSortedMap<String, Reservation> reservations = ImmutableSortedMap.of();

  @Override
  public void waits(ActiveJob job) {
    waiting.add(job);
  }

  @Override
  public void started(ActiveJob job) {
    waiting.remove(job);
  }

  @Override
  public boolean anyWaits() {
    return !waiting.isEmpty();
  }

  @Override
  public Decision decide(View view) {
    ImmutableList<GangId> reserved =
        reservations.values().stream()
            .map(Reservation::gang)
            .collect(ImmutableList.toImmutableList());
    ClusterSnapshot snapshot =
        view.snapshot(waiting.heads(view.freeGpus(), reserved), reservations);
    Plan plan = planner.plan(snapshot);
    reservations = plan.reservations();
    ImmutableList.Builder<Start> starts = ImmutableList.builder();
    for (Placement placement : plan.placements()) {
      starts.add(new Start(waiting.job(placement.gang()), placement.members()));
    }
    return Decision.start(starts.build());
  }
}
