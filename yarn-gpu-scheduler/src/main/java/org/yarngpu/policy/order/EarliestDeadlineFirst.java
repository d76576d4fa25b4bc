package org.yarngpu.policy.order;

import java.util.function.Function;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.LeafOrderName;

/**
 * Application priority, then the earliest declared deadline, then submission; gangs without a
 * deadline come last. Forecasts do not matter: a wrong one must not cost another job its deadline.
 *
 * <p>On one machine this order has the least maximum lateness (Jackson, "Scheduling a production
 * line to minimize maximum tardiness", 1955).
 */
final class EarliestDeadlineFirst implements LeafOrder {
  @Override
  public Function<Gang, Standing> of(ClusterSnapshot snapshot) {
    return gang ->
        Standing.of(
            LeafOrderName.DEADLINE,
            gang,
            snapshot.orders().gang(gang.id()).dueMs().orElse(Standing.LAST));
  }
}
