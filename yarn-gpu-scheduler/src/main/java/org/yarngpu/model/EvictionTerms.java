package org.yarngpu.model;

import java.util.OptionalLong;

/**
 * What decides whether a running gang may be evicted, and what that would cost it.
 *
 * @param queue path of its leaf queue
 * @param priority application priority
 * @param startedMs when its present attempt got its GPUs, epoch milliseconds
 * @param checkpointMs how often it saves its work, 0 is at every moment; empty if it never does
 * @param savedMs when it last did, epoch milliseconds; empty if that is not known
 * @param restartMs for how long it will hold its GPUs without progress when it comes back
 * @param evictions how often it was evicted so far
 * @param minRunMs for so long after its start it is left alone
 */
public record EvictionTerms(
    String queue,
    int priority,
    long startedMs,
    OptionalLong checkpointMs,
    OptionalLong savedMs,
    long restartMs,
    int evictions,
    long minRunMs) {

  /** For so long a gang is usually left alone. */
  public static final long MIN_RUN_MS = 600_000;

  /** Evictions that cost more must pay; cheaper ones are carried out without that question. */
  public static final long CHEAP_MS = 300_000;

  /** One that is left alone for as long as usual. */
  public EvictionTerms(
      String queue,
      int priority,
      long startedMs,
      OptionalLong checkpointMs,
      OptionalLong savedMs,
      long restartMs,
      int evictions) {
    this(queue, priority, startedMs, checkpointMs, savedMs, restartMs, evictions, MIN_RUN_MS);
  }

  /** Time since it got its GPUs, at least 0. */
  public long ranMs(long nowMs) {
    return Math.max(0, nowMs - startedMs);
  }

  /**
   * Time that all its GPUs lose by an eviction now: work since the last checkpoint, half an
   * interval if that is not known, all since the start if it saves nothing; and the restart.
   */
  public long costMs(long nowMs) {
    long ranMs = ranMs(nowMs);
    if (checkpointMs.isEmpty()) {
      return ranMs + restartMs;
    }
    long interval = checkpointMs.getAsLong();
    long sinceSavedMs =
        savedMs.isPresent() ? Math.max(0, nowMs - savedMs.getAsLong()) : interval / 2;
    return Math.min(Math.min(ranMs, sinceSavedMs), interval) + restartMs;
  }
}
