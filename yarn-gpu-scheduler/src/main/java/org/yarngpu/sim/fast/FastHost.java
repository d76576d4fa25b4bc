package org.yarngpu.sim.fast;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.Optional;
import java.util.function.Function;
import org.yarngpu.config.OrderSettings;
import org.yarngpu.sim.Conditions;
import org.yarngpu.sim.GanttWindow;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.Progress;
import org.yarngpu.sim.QueueTree;
import org.yarngpu.sim.RunResult;
import org.yarngpu.sim.SharedRun;
import org.yarngpu.sim.Sharing;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.policy.GroundTruth;
import org.yarngpu.sim.policy.Policies;
import org.yarngpu.sim.policy.Policy;
import org.yarngpu.sim.policy.Predicted;

/**
 * Replays a workload under one policy on a simulated cluster, event by event; equal input gives
 * equal output, but for the wall time.
 */
public final class FastHost {
  private final Inventory inventory;
  private final QueueTree queues;
  private final Conditions conditions;
  private final GanttWindow gantt;

  /**
   * @param gantt from when to when it is recorded who holds what
   */
  public FastHost(Inventory inventory, QueueTree queues, Conditions conditions, GanttWindow gantt) {
    this.inventory = inventory;
    this.queues = queues;
    this.conditions = conditions;
    this.gantt = gantt;
  }

  /**
   * Runs until all jobs have ended, or none of those that wait can ever start, or the policy only
   * evicts: one that lets jobs alternate faster than they restart makes no progress for ever.
   *
   * @param policyName as {@link Policies#named} knows it
   * @throws IllegalArgumentException if the queue of a job or service is not in the tree, or a
   *     service does not fit
   */
  public RunResult run(Workload workload, String policyName, Progress progress) {
    return run(workload, policyName, Policies.DEFAULT_ORDERS, progress);
  }

  /** As the other, with orders of queues. */
  public RunResult run(
      Workload workload, String policyName, OrderSettings orders, Progress progress) {
    Optional<Function<GroundTruth, Policy>> factory = Policies.named(policyName, orders);
    checkArgument(factory.isPresent(), "no policy is named %s", policyName);
    return new FastRun(inventory, queues, conditions, gantt, workload, Optional.empty(), progress)
        .run(policyName, factory.get());
  }

  /**
   * Runs under the product's policy, and lets those services follow their load whose demand is
   * known. Ends also 30 days after the last submission.
   *
   * @throws IllegalArgumentException as above, or if no scaling policy has the name
   */
  public SharedRun run(Workload workload, Sharing sharing, Progress progress) {
    FastRun run =
        new FastRun(inventory, queues, conditions, gantt, workload, Optional.of(sharing), progress);
    RunResult jobs = run.run("predicted", truth -> Predicted.sharing(sharing));
    return run.shared(jobs, sharing);
  }
}
