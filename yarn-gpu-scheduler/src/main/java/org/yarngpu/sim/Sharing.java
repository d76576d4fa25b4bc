package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;

/**
 * How jobs and services that follow their load share a cluster.
 *
 * @param scaling the policy that says how many replicas each service should have
 * @param rule how much is lent
 * @param lenders paths of the queues that lend what they own and do not use
 * @param borrowers ids of the jobs that run on lent GPUs only, unless none are lent
 * @param reclaimDelayMs from the notice to a borrower until its GPUs are free; it does no more work
 *     in that time
 */
public record Sharing(
    String scaling,
    LoanRule rule,
    ImmutableSortedSet<String> lenders,
    ImmutableSet<String> borrowers,
    long reclaimDelayMs) {
  public Sharing {
    checkArgument(reclaimDelayMs >= 0, "reclaimDelayMs (%s) is negative", reclaimDelayMs);
  }

  /** Whether the job runs on lent GPUs only. */
  public boolean borrows(Job job) {
    return rule != LoanRule.NONE && borrowers.contains(job.id());
  }
}
