package org.yarngpu.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ServiceRateTest {

  private static final double UNKNOWN = Double.NaN;

  @Test
  void whileNothingWaitsTheLatencySaysWhatAReplicaCouldServe() {
    assertThat(rate(1, reading(1, 0.5, 0.5, 2))).isEqualTo(2);
    assertThat(rate(8, reading(1, 2, 2, 1))).isEqualTo(4);
  }

  @Test
  void whatIsBusyServesWhatItCan() {
    assertThat(rate(1, reading(6, 40, 7, 2))).isEqualTo(3);
  }

  @Test
  void littlesLawStandsInForWhatIsNotMeasured() {
    assertThat(rate(1, reading(1, 0.5, UNKNOWN, 1))).isEqualTo(2);
    assertThat(rate(1, reading(1, UNKNOWN, 0.5, 1))).isEqualTo(2);
    assertThat(rate(1, reading(1, UNKNOWN, UNKNOWN, 1))).isNaN();
  }

  @Test
  void aReadingThatSaysNothingChangesNothing() {
    ServiceRate known = ServiceRate.unknown(1).plus(reading(1, 0.5, 0.5, 1));
    assertThat(known.plus(reading(0, 0, UNKNOWN, 1)).value()).isEqualTo(2);
    assertThat(known.plus(reading(0, 0, 0, 1)).value()).isEqualTo(2);
    assertThat(known.plus(reading(1, 0.25, 0.25, 1)).value()).isEqualTo(2.4, within(1e-9));
  }

  private static double rate(int concurrency, Reading reading) {
    return ServiceRate.unknown(concurrency).plus(reading).value();
  }

  private static Reading reading(double served, double inFlight, double latency, int replicas) {
    return new Reading(1, served, served, inFlight, UNKNOWN, latency, UNKNOWN, replicas);
  }
}
