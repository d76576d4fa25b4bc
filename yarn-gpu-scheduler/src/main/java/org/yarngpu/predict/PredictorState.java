package org.yarngpu.predict;

import com.google.common.collect.ImmutableList;

/**
 * All that a predictor has learned. Restoring it and then learning from the completions since gives
 * the predictor back.
 *
 * @param groups least recently updated first
 * @param check how good forecasts have been
 * @param ignored completions that nothing could be learned from
 * @param speeds of GPU models, least recently updated first
 */
public record PredictorState(
    ImmutableList<KeyState> groups,
    SelfCheckState check,
    long ignored,
    ImmutableList<SpeedState> speeds) {
  public static final PredictorState EMPTY =
      new PredictorState(ImmutableList.of(), SelfCheckState.EMPTY, 0, ImmutableList.of());
}
