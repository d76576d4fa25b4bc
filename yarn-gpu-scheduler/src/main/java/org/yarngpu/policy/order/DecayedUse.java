package org.yarngpu.policy.order;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * GPU time that users have received in leaf queues, of which that of one half-life ago counts half,
 * that of two a quarter, and so on.
 */
public final class DecayedUse {
  /** Who has used less is forgotten, GPU milliseconds. */
  private static final double FORGOTTEN_GPU_MS = 1000;

  private static final double LN_2 = Math.log(2);

  private final Map<UserOfQueue, Double> used;
  private ImmutableMap<UserOfQueue, Integer> held = ImmutableMap.of();
  private long atMs;

  /**
   * A user in a leaf queue.
   *
   * @param queue path of the leaf
   */
  public record UserOfQueue(String queue, String user) {}

  /** Nobody has used anything. */
  public DecayedUse() {
    this(0, ImmutableMap.of());
  }

  /**
   * Goes on from what another one had counted.
   *
   * @param atMs when it last did
   * @param gpuMs as {@link #gpuMs} said
   */
  public DecayedUse(long atMs, ImmutableMap<String, ImmutableMap<String, Double>> gpuMs) {
    this.atMs = atMs;
    this.used = new HashMap<>();
    gpuMs.forEach(
        (queue, users) -> users.forEach((user, ms) -> used.put(new UserOfQueue(queue, user), ms)));
  }

  /**
   * Counts what was held since the last call, up to now.
   *
   * @param nowMs not before that of the last call, else it counts as the same
   * @param halfLifeMs above 0; may be another each time
   * @param holds GPUs that are held from now on
   */
  public void advance(long nowMs, long halfLifeMs, Map<UserOfQueue, Integer> holds) {
    double halfLives = Math.max(0, nowMs - atMs) / (double) halfLifeMs;
    double kept = Math.pow(2, -halfLives);
    double gainedMs = gainedMs(halfLives, halfLifeMs);
    Set<UserOfQueue> users = new HashSet<>(used.keySet());
    users.addAll(held.keySet());
    for (UserOfQueue user : users) {
      double gpuMs = used.getOrDefault(user, 0.0) * kept + held.getOrDefault(user, 0) * gainedMs;
      if (gpuMs < FORGOTTEN_GPU_MS && !holds.containsKey(user)) {
        used.remove(user);
      } else {
        used.put(user, gpuMs);
      }
    }
    held = ImmutableMap.copyOf(holds);
    atMs = Math.max(atMs, nowMs);
  }

  /**
   * Counts what was held unseen until the last call of {@link #advance}, and since then is.
   *
   * @param fromMs since when; not after that call, else nothing is counted
   */
  public void catchUp(UserOfQueue user, int gpus, long fromMs, long halfLifeMs) {
    double halfLives = Math.max(0, atMs - fromMs) / (double) halfLifeMs;
    used.merge(user, gpus * gainedMs(halfLives, halfLifeMs), Double::sum);
  }

  /** What is left of the time that one GPU was held for so long, until now. */
  private static double gainedMs(double halfLives, long halfLifeMs) {
    return halfLifeMs / LN_2 * (1 - Math.pow(2, -halfLives));
  }

  /** When was last counted, epoch milliseconds. */
  public long atMs() {
    return atMs;
  }

  /** By leaf and user, GPU milliseconds at the last call; who is not there has used nothing. */
  public ImmutableMap<String, ImmutableMap<String, Double>> gpuMs() {
    Map<String, ImmutableMap.Builder<String, Double>> byQueue = new HashMap<>();
    used.forEach(
        (user, gpuMs) ->
            byQueue
                .computeIfAbsent(user.queue(), queue -> ImmutableMap.builder())
                .put(user.user(), gpuMs));
    return ImmutableMap.copyOf(Maps.transformValues(byQueue, ImmutableMap.Builder::build));
  }
}
