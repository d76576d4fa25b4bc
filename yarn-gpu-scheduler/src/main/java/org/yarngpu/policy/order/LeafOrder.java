package org.yarngpu.policy.order;

import java.util.function.Function;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.LeafOrderName;

/** Who goes first among the gangs of one leaf queue. */
public interface LeafOrder {

  /** Where each gang stands in one cycle; two never stand equal. */
  Function<Gang, Standing> of(ClusterSnapshot snapshot);

  /** CapacityScheduler's: application priority, then submission. */
  LeafOrder SUBMISSION = snapshot -> gang -> Standing.of(LeafOrderName.FIFO, gang, 0);
}
