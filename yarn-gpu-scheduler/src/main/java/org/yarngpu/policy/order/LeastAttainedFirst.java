package org.yarngpu.policy.order;

import java.util.function.Function;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.LeafOrderName;

/**
 * Application priority, then jobs that have received at most 18,000 GPU-seconds before the others,
 * each in the order of submission. Needs no forecast.
 *
 * <p>Source: Gu et al., "Tiresias: a GPU cluster manager for distributed deep learning", NSDI 2019,
 * with two queues; threshold as in the port that the Lucid artifact (ASPLOS 2023) published.
 * Differs from it in evicting nobody: only who was evicted or starts over has received anything.
 */
final class LeastAttainedFirst implements LeafOrder {
  private static final long FIRST_QUEUE_GPU_MS = 18_000_000;

  static boolean isInFirstQueue(long attainedGpuMs) {
    return attainedGpuMs <= FIRST_QUEUE_GPU_MS;
  }

  @Override
  public Function<Gang, Standing> of(ClusterSnapshot snapshot) {
    return gang ->
        Standing.of(
            LeafOrderName.TIRESIAS, gang, snapshot.orders().gang(gang.id()).attainedGpuMs());
  }
}
