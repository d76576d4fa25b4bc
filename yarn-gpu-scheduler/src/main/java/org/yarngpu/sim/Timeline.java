package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;

/**
 * How full the cluster was and how long the queue, as time-weighted means over equal buckets;
 * bounded, however long the run: buckets double their width when they are all used.
 */
public final class Timeline {
  private static final int BUCKETS = 2048;

  /**
   * Means over a bucket.
   *
   * @param fromMs begin of the bucket, since the start of the trace
   * @param gpusInUse GPUs held
   * @param waitingJobs submitted and without GPUs
   */
  public record Bucket(long fromMs, double gpusInUse, double waitingJobs) {}

  private final double[] gpuMs = new double[BUCKETS];
  private final double[] waitingMs = new double[BUCKETS];
  private long widthMs = 1_000;
  private long nowMs;

  /** Books that the state was as given from the last call until {@code toMs}. */
  public void advance(long toMs, int gpusInUse, int waitingJobs) {
    checkArgument(toMs >= nowMs, "time runs backwards: %s after %s", toMs, nowMs);
    while (toMs > widthMs * BUCKETS) {
      fold();
    }
    while (nowMs < toMs) {
      int bucket = (int) (nowMs / widthMs);
      long untilMs = Math.min(toMs, (bucket + 1) * widthMs);
      gpuMs[bucket] += (double) (untilMs - nowMs) * gpusInUse;
      waitingMs[bucket] += (double) (untilMs - nowMs) * waitingJobs;
      nowMs = untilMs;
    }
  }

  public ImmutableList<Bucket> buckets() {
    ImmutableList.Builder<Bucket> buckets = ImmutableList.builder();
    for (int b = 0; b * widthMs < nowMs; b++) {
      double lengthMs = Math.min(widthMs, nowMs - b * widthMs);
      buckets.add(new Bucket(b * widthMs, gpuMs[b] / lengthMs, waitingMs[b] / lengthMs));
    }
    return buckets.build();
  }

  private void fold() {
    for (int b = 0; b < BUCKETS; b++) {
      int first = 2 * b;
      gpuMs[b] = first < BUCKETS ? gpuMs[first] + gpuMs[first + 1] : 0;
      waitingMs[b] = first < BUCKETS ? waitingMs[first] + waitingMs[first + 1] : 0;
    }
    widthMs *= 2;
  }
}
