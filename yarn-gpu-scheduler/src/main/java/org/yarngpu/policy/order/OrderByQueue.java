package org.yarngpu.policy.order;

import static java.util.Objects.requireNonNull;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.function.Function;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.LeafOrderName;

/** In each leaf the order that the snapshot names for it. */
public final class OrderByQueue implements LeafOrder {
  private static final ImmutableMap<LeafOrderName, LeafOrder> ORDERS =
      Maps.immutableEnumMap(
          ImmutableMap.of(
              LeafOrderName.PREDICTED, new ShortestPredictedFirst(),
              LeafOrderName.FIFO, LeafOrder.SUBMISSION,
              LeafOrderName.FAIR_OVER_TIME, new FairOverTime(),
              LeafOrderName.TIRESIAS, new LeastAttainedFirst(),
              LeafOrderName.DEADLINE, new EarliestDeadlineFirst()));

  @Override
  public Function<Gang, Standing> of(ClusterSnapshot snapshot) {
    ImmutableMap<LeafOrderName, Function<Gang, Standing>> inCycle =
        ImmutableMap.copyOf(Maps.transformValues(ORDERS, order -> order.of(snapshot)));
    return gang ->
        requireNonNull(inCycle.get(snapshot.orders().of(gang.queue())), "an order is missing")
            .apply(gang);
  }
}
