package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * What a run assumes about the world around the scheduler. All times are milliseconds of virtual
 * time.
 *
 * @param amStartMs from submission until the application master asks for its gang
 * @param memberStartMs from a member's allocation until it computes; its GPUs are held idle
 * @param restartMs what an eviction or a lost node costs a job in its next attempt: all its GPUs
 *     are held for so long without progress (save, restore, warm up)
 * @param checkpointMs how often jobs save their work whose trace does not say; 0 is at every moment
 * @param meanUpMs how long a node stays up on average, exponentially distributed; 0 is for ever
 * @param repairMs how long a failed node is away
 * @param partialHoldMs how long an application master of a stock scheduler holds a part of its gang
 *     before it lets go and asks again, as TonY's allocation timeout of 15 minutes
 * @param seed of node failures, and of which jobs are elastic
 * @param elasticity which jobs are elastic, and how
 */
public record Conditions(
    long amStartMs,
    long memberStartMs,
    long restartMs,
    long checkpointMs,
    long meanUpMs,
    long repairMs,
    long partialHoldMs,
    long seed,
    Elasticity elasticity) {

  /** Nothing takes time but the jobs, nothing fails, an eviction costs nothing. */
  public static final Conditions IDEAL = new Conditions(0, 0, 0, 0, 0, 0, 900_000, 0);

  /** Those under which every job has one width. */
  public Conditions(
      long amStartMs,
      long memberStartMs,
      long restartMs,
      long checkpointMs,
      long meanUpMs,
      long repairMs,
      long partialHoldMs,
      long seed) {
    this(
        amStartMs,
        memberStartMs,
        restartMs,
        checkpointMs,
        meanUpMs,
        repairMs,
        partialHoldMs,
        seed,
        Elasticity.NONE);
  }

  public Conditions {
    checkArgument(
        amStartMs >= 0
            && memberStartMs >= 0
            && restartMs >= 0
            && checkpointMs >= 0
            && meanUpMs >= 0
            && repairMs >= 0
            && partialHoldMs > 0,
        "no time of the conditions may be negative, and partialHoldMs must be above 0");
  }

  public Conditions withRestartMs(long newRestartMs) {
    return with(newRestartMs, seed, elasticity);
  }

  public Conditions withSeed(long newSeed) {
    return with(restartMs, newSeed, elasticity);
  }

  public Conditions withElasticity(Elasticity newElasticity) {
    return with(restartMs, seed, newElasticity);
  }

  private Conditions with(long newRestartMs, long newSeed, Elasticity newElasticity) {
    return new Conditions(
        amStartMs,
        memberStartMs,
        newRestartMs,
        checkpointMs,
        meanUpMs,
        repairMs,
        partialHoldMs,
        newSeed,
        newElasticity);
  }
}
