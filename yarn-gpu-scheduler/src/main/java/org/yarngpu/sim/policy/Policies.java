package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableMap;
import java.util.function.Function;

/** Every policy, by the name that commands and tables use. */
public final class Policies {
  private Policies() {}

  /** Makes a policy for one run; only oracles look at the truth. */
  public static final ImmutableMap<String, Function<GroundTruth, Policy>> BY_NAME =
      ImmutableMap.<String, Function<GroundTruth, Policy>>builder()
          .put("fifo", truth -> new Fifo())
          .put("capacity", truth -> new Capacity())
          .put("easy", truth -> Easy.withUserEstimates())
          .put("easy-predicted", truth -> Easy.withPredictions())
          .put("easy-forecast", truth -> Easy.withForecasts())
          .put("easy-perfect", Easy::withPerfectTimes)
          .put("tiresias", truth -> new Tiresias())
          .put("las", truth -> new Las())
          .put("qssf", truth -> new Qssf())
          .put("priority", truth -> new Priority())
          .put("predicted", truth -> Predicted.withForecasts())
          .put("predicted-still", truth -> Predicted.withoutEvictions())
          .put("predicted-perfect", Predicted::withPerfectTimes)
          .put("sjf-oracle", SjfOracle::new)
          .put("srtf-oracle", SrtfOracle::new)
          .build();
}
