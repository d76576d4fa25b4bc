package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.TreeMultimap;
import java.util.Comparator;
import java.util.Optional;
import org.yarngpu.model.Placement.Member;
import org.yarngpu.planner.GangPlacer;
import org.yarngpu.planner.Room;
import org.yarngpu.sim.policy.Decision.Start;

/**
 * Serves waiting jobs in one order and never evicts; the first that does not fit stops all behind
 * it on the same GPU model. O(jobs started + models) placements a decision.
 */
abstract class StrictOrder implements Policy {
  private final GangPlacer placer = new GangPlacer();

  /** By partition. */
  private final TreeMultimap<String, ActiveJob> waiting;

  /**
   * @param order of waiting jobs, which must not change while a job waits; ties go by submission
   */
  StrictOrder(Comparator<ActiveJob> order) {
    this.waiting =
        TreeMultimap.create(
            Comparator.naturalOrder(), order.thenComparing(ActiveJob.BY_SUBMISSION));
  }

  @Override
  public void waits(ActiveJob job) {
    waiting.put(job.gang().partition(), job);
  }

  @Override
  public void started(ActiveJob job) {
    waiting.remove(job.gang().partition(), job);
  }

  @Override
  public boolean anyWaits() {
    return !waiting.isEmpty();
  }

  @Override
  public Decision decide(View view) {
    Room free = view.free();
    ImmutableList.Builder<Start> starts = ImmutableList.builder();
    for (String partition : waiting.keySet()) {
      for (ActiveJob job : waiting.get(partition)) {
        Optional<ImmutableList<Member>> members = placer.place(job.gang(), free);
        if (members.isEmpty()) {
          break;
        }
        free.take(members.get());
        starts.add(new Start(job, members.get()));
      }
    }
    return Decision.start(starts.build());
  }
}
