package org.yarngpu.policy.order;

import java.util.Comparator;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;

/** Who goes first among the gangs of one leaf queue. */
public interface LeafOrder {

  /** The order in one cycle; never equal for two gangs. */
  Comparator<Gang> of(ClusterSnapshot snapshot);

  /** CapacityScheduler's: application priority, then submission. */
  LeafOrder SUBMISSION =
      snapshot ->
          Comparator.comparingInt(Gang::priority)
              .reversed()
              .thenComparingLong(Gang::submittedMs)
              .thenComparing(Gang::id);
}
