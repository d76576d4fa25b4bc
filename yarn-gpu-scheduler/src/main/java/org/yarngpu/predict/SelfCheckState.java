package org.yarngpu.predict;

import com.google.common.collect.ImmutableList;

/**
 * What the check of all forecasts remembers.
 *
 * @param table of classes and levels that had forecasts, in their order
 * @param lastMissed whether each of the last forecasts missed, oldest first, at most 200
 * @param switchedOff since too many did
 */
public record SelfCheckState(
    ImmutableList<Accuracy> table, ImmutableList<Boolean> lastMissed, boolean switchedOff) {
  static final SelfCheckState EMPTY =
      new SelfCheckState(ImmutableList.of(), ImmutableList.of(), false);
}
