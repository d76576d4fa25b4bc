package org.yarngpu.scale;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.primitives.ImmutableDoubleArray;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * What is known of a service at one moment.
 *
 * @param nowMs of any clock that never goes back
 * @param ageMs how old the newest load is, at least 0
 * @param load mean requests per second of each {@value #SAMPLE_SECONDS} s, newest last; at most the
 *     last {@value #SAMPLES_MAX} count; what is negative or not finite is unknown
 * @param backlog requests that wait, at least 0; NaN: not known
 * @param replicas wanted now, those that start included, at least 0
 * @param serviceRate requests per second that one replica serves under the present interference;
 *     NaN: not known
 * @param latencyShare the 99th percentile of the latency, as a share of its objective; NaN: not
 *     known
 */
public record Signals(
    long nowMs,
    long ageMs,
    ImmutableDoubleArray load,
    double backlog,
    int replicas,
    double serviceRate,
    double latencyShare) {

  public static final int SAMPLE_SECONDS = 15;

  /** Ten minutes. */
  public static final int SAMPLES_MAX = 40;

  private static final int MINUTE = 60 / SAMPLE_SECONDS;

  public Signals {
    checkArgument(ageMs >= 0, "ageMs (%s) is negative", ageMs);
    checkArgument(replicas >= 0, "replicas (%s) is negative", replicas);
  }

  static boolean isKnown(double load) {
    return load >= 0 && Double.isFinite(load);
  }

  /** Mean load of the last 60 s; NaN if none of it is known. */
  public double minuteMean() {
    return mean(MINUTE);
  }

  /** Mean of the newest samples; NaN if none of them is known. */
  double mean(int samples) {
    return mean(samples, 0);
  }

  /** Standard deviation of the newest samples; 0 if fewer than two of them are known. */
  double deviation(int samples) {
    double mean = mean(samples);
    double squares = 0;
    int known = 0;
    for (int back = 0; back < samples; back++) {
      double sample = sample(back);
      if (isKnown(sample)) {
        squares += (sample - mean) * (sample - mean);
        known++;
      }
    }
    return known < 2 ? 0 : Math.sqrt(squares / known);
  }

  /**
   * Requests per second that the load grows by each second, from the newest samples and as many
   * that are twice as far back; 0 if it is not known.
   */
  double slope(int samples) {
    double slope =
        (mean(samples) - mean(3 * samples, 2 * samples)) / (2.0 * samples * SAMPLE_SECONDS);
    return Double.isFinite(slope) ? slope : 0;
  }

  /**
   * The last minute, moved by the least-squares slope of all known samples; at least 0, NaN if the
   * last minute is not known.
   */
  double trend(double aheadSeconds) {
    SimpleRegression line = new SimpleRegression();
    for (int back = 0; back < SAMPLES_MAX; back++) {
      double sample = sample(back);
      if (isKnown(sample)) {
        line.addData(-(double) back * SAMPLE_SECONDS, sample);
      }
    }
    double slope = line.getSlope();
    double trend = minuteMean() + (Double.isNaN(slope) ? 0 : slope) * aheadSeconds;
    return Math.max(0, trend);
  }

  /** Mean of the known samples of which {@code to} to {@code from} are newer; NaN without any. */
  private double mean(int from, int to) {
    double sum = 0;
    int known = 0;
    for (int back = to; back < from; back++) {
      double sample = sample(back);
      if (isKnown(sample)) {
        sum += sample;
        known++;
      }
    }
    return known == 0 ? Double.NaN : sum / known;
  }

  private double sample(int back) {
    int index = load.length() - 1 - back;
    return index < 0 ? Double.NaN : load.get(index);
  }
}
