package org.yarngpu.sim.lend;

import com.google.common.collect.ImmutableList;
import java.util.OptionalDouble;
import org.yarngpu.sim.LoanRule;

/**
 * What each rule of lending made of the same jobs and services.
 *
 * @param workload its name
 * @param pools who owns what
 * @param jobs in all
 * @param borrowers those that run on lent GPUs only, where any are lent
 * @param outcomes without loans first
 */
public record LendingReport(
    String workload, Pools pools, int jobs, int borrowers, ImmutableList<Outcome> outcomes) {

  /**
   * What one rule made of them.
   *
   * @param reclaimDelayMs from the notice to a borrower until its GPUs are free; means nothing
   *     without loans
   * @param unfinished jobs that did not end
   * @param jctsMs of all jobs that ended
   * @param borrowerJctsMs of those that may borrow
   * @param gain mean JCT without loans over that with them; empty if not all jobs ended
   * @param evictionsPerBorrower how often a job that may borrow lost its GPUs
   * @param harvestedGpuHours computed on lent GPUs, and not lost
   * @param lostGpuHours of lent GPUs: work thrown away, restarts, and what was held by those that
   *     had to leave
   * @param recalls how often loans were called back for a gang that waited
   * @param asksMs from each ask for a replica until it had its GPUs
   * @param violations share of all requests that waited longer than the objective, in [0, 1]
   * @param meanReplicas of all services
   */
  public record Outcome(
      LoanRule rule,
      long reclaimDelayMs,
      int unfinished,
      ImmutableList<Long> jctsMs,
      ImmutableList<Long> borrowerJctsMs,
      OptionalDouble gain,
      double evictionsPerBorrower,
      double harvestedGpuHours,
      double lostGpuHours,
      int recalls,
      ImmutableList<Long> asksMs,
      double violations,
      double meanReplicas) {}
}
