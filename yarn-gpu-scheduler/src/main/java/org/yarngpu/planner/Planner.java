package org.yarngpu.planner;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.function.Consumer;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Plan;
import org.yarngpu.model.PolicyName;
import org.yarngpu.policy.GangOrder;
import org.yarngpu.policy.order.CapacityOrder;
import org.yarngpu.policy.order.LeafOrder;
import org.yarngpu.policy.order.OrderByQueue;

/** One cycle's decisions, as a pure function: equal snapshots give equal plans. */
public final class Planner {
  private final AdmitPass admit = new AdmitPass();
  private final ImmutableList<Consumer<PlanDraft>> passes;

  private Planner(ImmutableList<Consumer<PlanDraft>> passes) {
    this.passes = passes;
  }

  /** The planner of a configured policy. */
  public static Planner of(PolicyName policy) {
    return switch (policy) {
      case PRIORITY -> priority();
      case PREDICTED -> predicted();
    };
  }

  /**
   * Queues as CapacityScheduler serves them, priority, then submission; the first gang that does
   * not fit holds what becomes free. Elastic gangs get what nobody waits for, the oldest first.
   */
  public static Planner priority() {
    return withFirmReservation(new CapacityOrder(LeafOrder.SUBMISSION));
  }

  /** The first gang in the order that does not fit holds what becomes free. */
  public static Planner withFirmReservation(GangOrder order) {
    return new Planner(
        ImmutableList.of(new PlacePass(order)::run, ElasticPass.bySubmission()::run));
  }

  /**
   * Queues as CapacityScheduler serves them, within each the order that the snapshot names for it:
   * priority, then the least expected remaining GPU time, unless it names another. The first gangs
   * that do not fit are reserved by forecast, and others fill the time before. Running gangs are
   * evicted for waiting ones when the snapshot says that evictions are due.
   */
  public static Planner predicted() {
    return predicted(EvictionRules.DEFAULT);
  }

  /** The same by other rules. */
  public static Planner predicted(EvictionRules rules) {
    return new Planner(
        ImmutableList.of(
            new HoldPass(rules)::run,
            backfill(rules)::run,
            ElasticPass.byGain()::run,
            new RecallPass(rules)::run,
            new EvictPass(rules)::run,
            new LoanPass(new OrderByQueue())::run));
  }

  private static BackfillPass backfill(EvictionRules rules) {
    return new BackfillPass(new CapacityOrder(new OrderByQueue()), rules);
  }

  /** Returns the decisions of one cycle; passes run from least to most disruptive. */
  public Plan plan(ClusterSnapshot snapshot) {
    return drafted(snapshot).toPlan();
  }

  /**
   * When gangs that {@link #plan} leaves in line would start, were there no arrivals; none for
   * those that a limit keeps out of the line, or that never fit. Plans anew, and costs more.
   */
  public ImmutableMap<GangId, StartEstimate> startEstimates(ClusterSnapshot snapshot) {
    return StartEstimates.of(drafted(snapshot));
  }

  private PlanDraft drafted(ClusterSnapshot snapshot) {
    PlanDraft draft = new PlanDraft(snapshot);
    admit.run(draft);
    passes.forEach(pass -> pass.accept(draft));
    return draft;
  }
}
