package org.yarngpu.planner;

/**
 * When running gangs may be evicted for waiting ones. The defaults were chosen on synthetic
 * workloads of seeds 100 and 101, with evictions that cost 62 s.
 *
 * @param heads of the waiting gangs that do not fit so many are looked at, in their order
 * @param budgetShare part of a partition's GPUs that may be taken each time by dear evictions, in
 *     [0, 1]
 * @param budgetGpus so many may be taken in any case
 * @param ratio so many times the index of the gang must the index of a victim exceed: that of the
 *     forecast times GPUs
 * @param ranCosts since its start a victim has run for so many times what the eviction costs it;
 *     the restart alone if it saves nothing, since that cost grows as fast as it runs
 * @param evictions a gang evicted so often is left alone
 * @param freedFactor of what the gang needs so many times may be taken
 * @param graceMs from notice to the end of a victim
 * @param holdMs how long what was freed is held once the last victim is gone
 */
public record EvictionRules(
    int heads,
    double budgetShare,
    int budgetGpus,
    double ratio,
    int ranCosts,
    int evictions,
    int freedFactor,
    long graceMs,
    long holdMs) {

  /** How often evictions are due. */
  public static final long PERIOD_MS = 60_000;

  public static final EvictionRules DEFAULT =
      new EvictionRules(10, 0.1, 8, 4, 3, 5, 4, 30_000, 120_000);

  /** GPUs that may be taken at one time by dear evictions. */
  int budget(int partitionGpus) {
    return Math.max(budgetGpus, (int) Math.floor(budgetShare * partitionGpus + 1e-9));
  }
}
