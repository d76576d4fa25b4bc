package org.yarngpu.scale.source;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.Doubles;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The numbers of one replica, as it printed them. What it does not print is NaN.
 *
 * @param served requests answered since its start
 * @param running requests that it works at
 * @param waiting requests that wait
 * @param latencySum seconds of all answered requests together
 * @param latencyCount how many those are
 * @param buckets answered requests by the seconds they took at most, cumulated
 */
public record ReplicaMetrics(
    double served,
    double running,
    double waiting,
    double latencySum,
    double latencyCount,
    ImmutableSortedMap<Double, Double> buckets) {

  private static final String BOUND = "le";

  /** Finds the numbers of a server that is known; empty where the text is of none. */
  public static Optional<ReplicaMetrics> of(PrometheusText text) {
    return MetricNames.KNOWN.stream()
        .filter(names -> !Double.isNaN(sum(text, names.served())))
        .findFirst()
        .map(names -> of(text, names));
  }

  private static ReplicaMetrics of(PrometheusText text, MetricNames names) {
    double served = sum(text, names.served());
    double histogramSum = sum(text, List.of(names.latency() + "_sum"));
    boolean isHistogram = !Double.isNaN(histogramSum);
    double total = isHistogram ? histogramSum : sum(text, List.of(names.latency()));
    double count = isHistogram ? sum(text, List.of(names.latency() + "_count")) : served;
    return new ReplicaMetrics(
        served,
        sum(text, names.running()),
        sum(text, names.waiting()),
        total / names.unitsPerSecond(),
        count,
        buckets(text, names));
  }

  /** NaN if there is none, or one of them is no number from 0 on. */
  private static double sum(PrometheusText text, List<String> names) {
    double[] values =
        text.samples().stream()
            .filter(sample -> names.contains(sample.name()))
            .mapToDouble(PrometheusText.Sample::value)
            .map(value -> value >= 0 && Double.isFinite(value) ? value : Double.NaN)
            .toArray();
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return values.length == 0 ? Double.NaN : sum;
  }

  private static ImmutableSortedMap<Double, Double> buckets(
      PrometheusText text, MetricNames names) {
    TreeMap<Double, Double> buckets = new TreeMap<>();
    for (PrometheusText.Sample sample : text.samples()) {
      double bound = bound(sample.labels().getOrDefault(BOUND, ""));
      boolean isBucket = sample.name().equals(names.latency() + "_bucket") && !Double.isNaN(bound);
      if (isBucket && sample.value() >= 0 && Double.isFinite(sample.value())) {
        buckets.merge(bound / names.unitsPerSecond(), sample.value(), Double::sum);
      }
    }
    return ImmutableSortedMap.copyOf(buckets);
  }

  /** NaN if it is none. */
  private static double bound(String text) {
    Double finite = Doubles.tryParse(text);
    if (finite != null) {
      return finite;
    }
    return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.NaN;
  }

  /** Requests that it has, those that wait included; NaN if not known. */
  public double inFlight() {
    return Double.isNaN(waiting) ? running : running + waiting;
  }
}
