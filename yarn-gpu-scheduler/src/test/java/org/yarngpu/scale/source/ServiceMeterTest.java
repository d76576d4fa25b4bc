package org.yarngpu.scale.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.yarngpu.scale.Reading;

class ServiceMeterTest {

  private final ServiceMeter meter = new ServiceMeter();

  @Test
  void aLoadIsKnownFromTheSecondRoundOn() {
    assertThat(meter.round(0, ImmutableMap.of("a", metrics(100, 0)), 1)).isEmpty();
    Reading reading = meter.round(5000, ImmutableMap.of("a", metrics(150, 0)), 1).orElseThrow();
    assertThat(reading.served()).isEqualTo(10);
    assertThat(reading.arrivals()).isEqualTo(10);
    assertThat(reading.latencySeconds()).isEqualTo(0.2, within(1e-9));
  }

  @Test
  void whatPilesUpHasArrivedToo() {
    meter.round(0, ImmutableMap.of("a", metrics(100, 2)), 1);
    Reading reading = meter.round(5000, ImmutableMap.of("a", metrics(150, 22)), 1).orElseThrow();
    assertThat(reading.served()).isEqualTo(10);
    assertThat(reading.arrivals()).isEqualTo(14);
    assertThat(reading.inFlight()).isEqualTo(22);
  }

  @Test
  void aCounterThatBeganAnewCountsFromThere() {
    meter.round(0, ImmutableMap.of("a", metrics(1000, 0)), 1);
    Reading reading = meter.round(5000, ImmutableMap.of("a", metrics(20, 0)), 1).orElseThrow();
    assertThat(reading.served()).isEqualTo(4);
    assertThat(reading.latencySeconds()).isEqualTo(0.2, within(1e-9));
  }

  @Test
  void whoDoesNotAnswerIsTakenForAsBusyAsTheOthersWhileHalfAreKnown() {
    meter.round(0, ImmutableMap.of("a", metrics(0, 0), "b", metrics(0, 0)), 2);
    Reading half = meter.round(5000, ImmutableMap.of("a", metrics(50, 0)), 2).orElseThrow();
    assertThat(half.arrivals()).isEqualTo(20);
    assertThat(half.replicas()).isEqualTo(2);
    assertThat(meter.round(10_000, ImmutableMap.of("a", metrics(100, 0)), 3)).isEmpty();
  }

  @Test
  void aRoundWithoutAnswersIsNoLoadOfZero() {
    meter.round(0, ImmutableMap.of("a", metrics(100, 0)), 1);
    assertThat(meter.round(5000, ImmutableMap.of(), 1)).isEmpty();
    assertThat(meter.round(10_000, ImmutableMap.of("a", metrics(150, 0)), 1)).isEmpty();
  }

  @Test
  void theQuantileIsThatOfTheTimeBetween() {
    meter.round(0, ImmutableMap.of("a", histogram(Map.of(0.1, 1000.0, 1.0, 1000.0))), 1);
    Optional<Reading> reading =
        meter.round(5000, ImmutableMap.of("a", histogram(Map.of(0.1, 1000.0, 1.0, 1100.0))), 1);
    assertThat(reading.orElseThrow().p99Seconds()).isEqualTo(0.1 + 0.99 * 0.9, within(1e-9));
  }

  @Test
  void aQuantileAboveAllBoundsIsTheLargest() {
    double infinite = Double.POSITIVE_INFINITY;
    assertThat(ServiceMeter.quantile(new TreeMap<>(Map.of(1.0, 50.0, infinite, 100.0)), 0.99))
        .isEqualTo(1);
    assertThat(ServiceMeter.quantile(new TreeMap<>(), 0.99)).isNaN();
    assertThat(ServiceMeter.quantile(new TreeMap<>(Map.of(1.0, 0.0)), 0.99)).isNaN();
  }

  private static ReplicaMetrics metrics(double served, double inFlight) {
    return new ReplicaMetrics(
        served, inFlight, Double.NaN, 0.2 * served, served, ImmutableSortedMap.of());
  }

  private static ReplicaMetrics histogram(Map<Double, Double> buckets) {
    return new ReplicaMetrics(
        1000, Double.NaN, Double.NaN, 200, 1000, ImmutableSortedMap.copyOf(buckets));
  }
}
