package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Optional;
import java.util.TreeSet;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.planner.GangPlacer;
import org.yarngpu.planner.Room;
import org.yarngpu.policy.GangOrder;
import org.yarngpu.policy.order.CapacityOrder;
import org.yarngpu.policy.order.LeafOrder;
import org.yarngpu.sim.policy.Decision.Start;

/**
 * CapacityScheduler's order for gangs: the queue that uses the least of its share, then priority,
 * then submission; a gang that does not fit is passed over and holds nothing. What
 * CapacityScheduler itself does with gangs, whose members it serves one by one, only the real host
 * shows.
 */
public final class Capacity implements Policy {
  private final CapacityOrder order = new CapacityOrder(LeafOrder.SUBMISSION);
  private final GangPlacer placer = new GangPlacer();
  private final WaitingLines waiting = new WaitingLines();

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
    ClusterSnapshot snapshot =
        view.snapshot(waiting.heads(view.freeGpus(), ImmutableList.of()), ImmutableSortedMap.of());
    Room free = view.free();
    ImmutableList.Builder<Start> starts = ImmutableList.builder();
    TreeSet<String> partitions = new TreeSet<>();
    snapshot.gangs().forEach(gang -> partitions.add(gang.partition()));
    for (String partition : partitions) {
      GangOrder.Turns turns =
          order.turns(
              snapshot,
              partition,
              snapshot.gangs().stream()
                  .filter(gang -> gang.partition().equals(partition))
                  .toList());
      for (Gang gang = turns.next(); gang != null; gang = turns.next()) {
        Optional<ImmutableList<Member>> members = placer.place(gang, free);
        if (members.isPresent()) {
          free.take(members.get());
          turns.served(gang, gang.minimumSize());
          starts.add(new Start(waiting.job(gang.id()), members.get()));
        }
      }
    }
    return Decision.start(starts.build());
  }
}
