package org.yarngpu.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Seeded;

class ErlangCTest {
  private static final ReplicaBounds ANY = new ReplicaBounds(1, 100_000);
  private final ErlangC halfSecond = new ErlangC(0.5);

  @Test
  void erlangsFormulaGivesItsKnownValues() {
    assertThat(ErlangC.waits(2, 1)).isCloseTo(1 / 3.0, within(1e-9));
    assertThat(ErlangC.waits(6, 5)).isCloseTo(0.5875, within(1e-4));
  }

  @Test
  void eachReplicaMoreMakesALongWaitRarer() {
    assertThat(halfSecond.waitsLonger(6, 10, 2)).isCloseTo(0.1549, within(1e-4));
    assertThat(halfSecond.waitsLonger(7, 10, 2)).isCloseTo(0.0225, within(1e-4));
    assertThat(halfSecond.waitsLonger(8, 10, 2)).isCloseTo(0.00306, within(1e-5));
  }

  @Test
  void theFewestThatDoAreTaken() {
    assertThat(halfSecond.replicas(10, 2, ANY)).isEqualTo(8);
    assertThat(halfSecond.replicas(1, 2, ANY)).isEqualTo(3);
    assertThat(halfSecond.replicas(60, 2, ANY)).isEqualTo(34);
  }

  @Test
  void noLoadNeedsOneReplicaOrTheFewestAllowed() {
    for (double none : new double[] {0, -5, Double.NaN}) {
      assertThat(halfSecond.replicas(none, 2, ANY)).isEqualTo(1);
      assertThat(halfSecond.replicas(none, 2, new ReplicaBounds(3, 9))).isEqualTo(3);
    }
  }

  @Test
  void loadsWithoutMeasureEndAtTheMost() {
    assertThat(halfSecond.replicas(1e300, 2, ANY)).isEqualTo(100_000);
    assertThat(halfSecond.replicas(Double.POSITIVE_INFINITY, 2, ANY)).isEqualTo(100_000);
  }

  @Seeded(runs = 300)
  void moreLoadNeverNeedsFewer(SplittableRandom random) {
    double load = random.nextDouble(0.001, 2000);
    double rate = random.nextDouble(0.1, 20);
    ErlangC sizing = new ErlangC(random.nextDouble(0, 2));
    int n = sizing.replicas(load, rate, ANY);
    assertThat(sizing.replicas(load * 1.1, rate, ANY)).isGreaterThanOrEqualTo(n);
    assertThat(sizing.waitsLonger(n, load, rate)).isLessThanOrEqualTo(0.01);
    assertThat(n * rate * 0.9).isGreaterThanOrEqualTo(load * (1 - 1e-6));
  }
}
