package org.yarngpu.sim.policy;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.yarngpu.sim.predict.RollingEstimate;

/**
 * Quasi-shortest service first: predicted run time x GPUs, nobody overtakes, nobody is evicted.
 *
 * <p>Source: Hu et al., "Characterization and prediction of deep learning workloads in large-scale
 * GPU datacenters", SC 2021, and its published code. There the prediction is one tenth {@link
 * RollingEstimate} and nine tenths a gradient-boosted tree trained on months of the same cluster;
 * the tree is not part of this, so the rolling estimate stands alone.
 */
public final class Qssf extends StrictOrder {
  private final RollingEstimate estimate;
  private final Map<ActiveJob, Double> predictedServiceMs;

  public Qssf() {
    this(new RollingEstimate(), new HashMap<>());
  }

  private Qssf(RollingEstimate estimate, Map<ActiveJob, Double> predictedServiceMs) {
    super(
        Comparator.<ActiveJob>comparingDouble(job -> predictedServiceMs.getOrDefault(job, 0.0))
            .thenComparingInt(ActiveJob::gpus));
    this.estimate = estimate;
    this.predictedServiceMs = predictedServiceMs;
  }

  @Override
  public void waits(ActiveJob job) {
    predictedServiceMs.put(job, estimate.runMs(job.user(), job.group(), job.gpus()) * job.gpus());
    super.waits(job);
  }

  @Override
  public void ended(ActiveJob job) {
    predictedServiceMs.remove(job);
    estimate.learn(job.user(), job.group(), job.gpus(), (double) job.attainedMs());
  }
}
