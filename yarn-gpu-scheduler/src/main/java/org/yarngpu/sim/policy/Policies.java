package org.yarngpu.sim.policy;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.yarngpu.config.OrderSettings;
import org.yarngpu.config.Settings;
import org.yarngpu.model.LeafOrderName;

/** Every policy, by the name that commands and tables use. */
public final class Policies {

  /** As without any settings. */
  public static final OrderSettings DEFAULT_ORDERS = Settings.from(ImmutableMap.of()).orders();

  /** The product's, which have an order in each queue. */
  private static final ImmutableMap<String, Ordered> ORDERED =
      ImmutableMap.of(
          "predicted", (truth, orders) -> Predicted.withForecasts(orders),
          "predicted-still", (truth, orders) -> Predicted.withoutEvictions(orders),
          "predicted-perfect", Predicted::withPerfectTimes);

  private static final char ORDER_AFTER = ':';

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
          .put("predicted", truth -> Predicted.withForecasts(DEFAULT_ORDERS))
          .put("predicted-still", truth -> Predicted.withoutEvictions(DEFAULT_ORDERS))
          .put("predicted-perfect", truth -> Predicted.withPerfectTimes(truth, DEFAULT_ORDERS))
          .put("sjf-oracle", SjfOracle::new)
          .put("srtf-oracle", SrtfOracle::new)
          .build();

  private Policies() {}

  private interface Ordered {
    Policy of(GroundTruth truth, OrderSettings orders);
  }

  /**
   * The policy of a name; that of one of the product's may end with an order for all queues, as
   * {@code predicted:fifo}.
   *
   * @param orders of the queues, for the product's where the name has no order
   * @return empty if there is none
   */
  public static Optional<Function<GroundTruth, Policy>> named(String name, OrderSettings orders) {
    int colon = name.indexOf(ORDER_AFTER);
    @Nullable Ordered ordered = ORDERED.get(colon < 0 ? name : name.substring(0, colon));
    if (ordered == null) {
      return Optional.ofNullable(BY_NAME.get(name));
    }
    if (colon < 0) {
      return Optional.of(truth -> ordered.of(truth, orders));
    }
    for (LeafOrderName order : LeafOrderName.values()) {
      if (order.text().equals(name.substring(colon + 1))) {
        OrderSettings everywhere =
            new OrderSettings(
                ImmutableSortedMap.of("root", order),
                orders.weights(),
                orders.starveAfterMs(),
                orders.lateFactor(),
                orders.useHalfLifeHours());
        return Optional.of(truth -> ordered.of(truth, everywhere));
      }
    }
    return Optional.empty();
  }
}
