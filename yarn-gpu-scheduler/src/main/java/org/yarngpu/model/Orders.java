package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * How the gangs of each leaf queue are ordered, and what that goes by beside forecasts.
 *
 * @param byQueue by path of a leaf; those that are not named are {@link LeafOrderName#PREDICTED}
 * @param weights of the factors of that order
 * @param starveAfterMs who has waited for so long comes first, if it is also three times what it is
 *     forecast to run; above 0
 * @param users by path of a leaf and name; who is not named has weight 1 and used nothing
 * @param gangs of waiting gangs; one that is not named received nothing and declared no deadline
 * @param late who is late, by partition; where it is not named, nobody is
 */
public record Orders(
    ImmutableMap<String, LeafOrderName> byQueue,
    OrderWeights weights,
    long starveAfterMs,
    ImmutableMap<String, ImmutableMap<String, UserTerms>> users,
    ImmutableMap<GangId, GangTerms> gangs,
    ImmutableMap<String, LateTerms> late) {

  /** Half a day. */
  public static final long STARVE_AFTER_MS = 12 * 3_600_000L;

  /** Who runs for weeks is no part of a bound on waits of weeks: everybody would wait for it. */
  private static final double LATE_STRETCH = 10;

  /** Every queue by forecast alone. */
  public static final Orders DEFAULT =
      new Orders(
          ImmutableMap.of(),
          OrderWeights.NONE,
          STARVE_AFTER_MS,
          ImmutableMap.of(),
          ImmutableMap.of());

  /** Where nobody is late. */
  public Orders(
      ImmutableMap<String, LeafOrderName> byQueue,
      OrderWeights weights,
      long starveAfterMs,
      ImmutableMap<String, ImmutableMap<String, UserTerms>> users,
      ImmutableMap<GangId, GangTerms> gangs) {
    this(byQueue, weights, starveAfterMs, users, gangs, ImmutableMap.of());
  }

  /**
   * What is known of a user in a leaf.
   *
   * @param weight the user's weight there, at least 0; 0 is last
   * @param usedGpuMs GPU time received there, that of one half-life ago counted half; at least 0
   */
  public record UserTerms(double weight, double usedGpuMs) {
    static final UserTerms UNKNOWN = new UserTerms(1, 0);

    public UserTerms {
      checkArgument(
          weight >= 0 && Double.isFinite(weight) && usedGpuMs >= 0 && Double.isFinite(usedGpuMs),
          "weight (%s) and usedGpuMs (%s) must be at least 0",
          weight,
          usedGpuMs);
    }
  }

  /**
   * What is known of a gang.
   *
   * @param attainedGpuMs GPU time that its job received so far, at least 0
   * @param dueMs when its declared deadline ends, epoch milliseconds
   */
  public record GangTerms(long attainedGpuMs, OptionalLong dueMs) {
    static final GangTerms UNKNOWN = new GangTerms(0, OptionalLong.empty());

    public GangTerms {
      checkArgument(attainedGpuMs >= 0, "attainedGpuMs (%s) must be at least 0", attainedGpuMs);
    }
  }

  /**
   * Who is late: a gang that would run by now in the order of submission, and has waited ten times
   * what it is expected to run, unless it is among the largest.
   *
   * @param afterMs who has waited for so long would, at least 0
   * @param largestGpuMs who is expected to take more GPU time than this is among the largest, at
   *     least 0
   */
  public record LateTerms(long afterMs, double largestGpuMs) {
    public LateTerms {
      checkArgument(afterMs >= 0, "afterMs (%s) must be at least 0", afterMs);
      checkArgument(largestGpuMs >= 0, "largestGpuMs (%s) must be at least 0", largestGpuMs);
    }
  }

  public Orders {
    checkArgument(starveAfterMs > 0, "starveAfterMs (%s) must be above 0", starveAfterMs);
  }

  /** The same, where others are late. */
  public Orders withLate(ImmutableMap<String, LateTerms> newLate) {
    return new Orders(byQueue, weights, starveAfterMs, users, gangs, newLate);
  }

  /**
   * Whether a waiting gang would run by now in the order of submission, and has waited long enough
   * to come first, whatever the order of its queue.
   *
   * @param forecast of the gang; without one it is never late
   */
  boolean isLate(Gang gang, @Nullable Forecast forecast, long nowMs) {
    @Nullable LateTerms terms = late.get(gang.partition());
    if (terms == null || forecast == null) {
      return false;
    }
    long waitedMs = nowMs - gang.submittedMs();
    double remainingMs = forecast.expectedRemainingMs();
    return waitedMs >= Math.max(starveAfterMs, terms.afterMs)
        && waitedMs >= LATE_STRETCH * remainingMs
        && remainingMs * gang.minimumSize().gpus() <= terms.largestGpuMs;
  }

  public LeafOrderName of(String queue) {
    return byQueue.getOrDefault(queue, LeafOrderName.PREDICTED);
  }

  public ImmutableMap<String, UserTerms> usersOf(String queue) {
    return users.getOrDefault(queue, ImmutableMap.of());
  }

  public UserTerms user(String queue, String user) {
    return usersOf(queue).getOrDefault(user, UserTerms.UNKNOWN);
  }

  public GangTerms gang(GangId gang) {
    return gangs.getOrDefault(gang, GangTerms.UNKNOWN);
  }
}
