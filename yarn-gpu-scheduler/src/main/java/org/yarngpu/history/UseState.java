package org.yarngpu.history;

import com.google.common.collect.ImmutableMap;

/**
 * GPU time that users have received in leaf queues, of which older time counts less.
 *
 * @param atMs as of when, epoch milliseconds
 * @param gpuMs by path of the leaf and user, GPU milliseconds, above 0
 */
public record UseState(long atMs, ImmutableMap<String, ImmutableMap<String, Double>> gpuMs) {
  public static final UseState NOTHING = new UseState(0, ImmutableMap.of());
}
