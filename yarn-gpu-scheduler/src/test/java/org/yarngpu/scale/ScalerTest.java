package org.yarngpu.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.yarngpu.scale.LoadFixture.BOUNDS;
import static org.yarngpu.scale.LoadFixture.RATE;
import static org.yarngpu.scale.LoadFixture.at;
import static org.yarngpu.scale.LoadFixture.ours;
import static org.yarngpu.scale.LoadFixture.stale;
import static org.yarngpu.scale.LoadFixture.steady;

import com.google.common.primitives.ImmutableDoubleArray;
import org.junit.jupiter.api.Test;
import org.yarngpu.scale.ScalePolicy.Decision;

class ScalerTest {
  private static final long MINUTE_MS = 60_000;
  private static final long DAY_MS = 1440 * MINUTE_MS;

  private final Scaler fresh = ours(new SeasonalForecast());

  /** Two days of 60 requests per second at all hours. */
  private static SeasonalForecast twoDays() {
    SeasonalForecast forecast = new SeasonalForecast();
    for (long minute = 0; minute < 2L * SeasonalForecast.DAY; minute++) {
      forecast.learn(minute, 60);
    }
    return forecast;
  }

  private static Memory wanting(int replicas) {
    return Memory.starting(0, replicas);
  }

  private static ImmutableDoubleArray samples(double... samples) {
    return ImmutableDoubleArray.copyOf(samples);
  }

  @Test
  void unsteadyLoadsCountAsMuchAsTheyScatter() {
    double[] scattered = new double[20];
    for (int i = 0; i < 20; i++) {
      scattered[i] = i % 2 == 0 ? 90 : 110;
    }
    Signals signals = new Signals(0, 0, samples(scattered), 0, 1, RATE, Double.NaN);
    assertThat(fresh.react(signals, 90)).isCloseTo(116.5, within(1e-9));
  }

  @Test
  void aRisingLoadCountsAsWhatItWillBe() {
    double[] rising = {94, 94, 94, 94, 100, 100, 100, 100, 100, 100, 100, 100};
    Signals signals = new Signals(0, 0, samples(rising), 0, 1, RATE, Double.NaN);
    assertThat(signals.slope(4)).isCloseTo(0.05, within(1e-9));
    assertThat(100 + signals.slope(4) * 90).isCloseTo(104.5, within(1e-9));
    assertThat(fresh.react(signals, 90)).isGreaterThanOrEqualTo(104.5);
  }

  @Test
  void theForecastIsForWhenAReplicaServes() {
    assertThat(horizon(5)).containsExactly(0, 1);
    assertThat(horizon(60)).containsExactly(1, 2);
    assertThat(horizon(180)).containsExactly(2, 4);
  }

  private static int[] horizon(double delaySeconds) {
    Scaler scaler = new Scaler(new SeasonalForecast(), delaySeconds, 30, new ErlangC(0.5), BOUNDS);
    return new int[] {scaler.aheadFrom(), scaler.aheadTo()};
  }

  @Test
  void whatWaitsIsServedWithinAMinute() {
    Signals signals = new Signals(0, 0, steady(8), 120, 4, RATE, Double.NaN);
    assertThat(fresh.decide(signals, wanting(4)).replicas()).isEqualTo(8); // as for 10 per second
  }

  @Test
  void aWishWithinATwentiethChangesNothing() {
    assertThat(fresh.decide(at(0, 41 * 1.8, 40), wanting(40)).replicas()).isEqualTo(40);
    assertThat(fresh.decide(at(0, 42 * 1.8, 40), wanting(40)).replicas()).isEqualTo(42);
  }

  @Test
  void aLatencyAboveItsObjectiveAddsATenth() {
    Signals late = new Signals(0, 0, steady(36 * 1.8), 0, 36, RATE, 1.2);
    assertThat(fresh.decide(late, wanting(36)).replicas()).isEqualTo(40);
  }

  @Test
  void oneStepDownIsAFifth() {
    assertThat(Scaler.stepDown(50)).isEqualTo(40);
    assertThat(Scaler.stepDown(100)).isEqualTo(80);
    assertThat(Scaler.stepDown(3)).isEqualTo(2);
    long later = Memory.WINDOW_MS + 1;
    Decision down = fresh.decide(at(later, 40 * 1.8, 100), wanting(100));
    assertThat(down.replicas()).isEqualTo(80);
    Decision again = fresh.decide(at(later + 30_000, 40 * 1.8, 80), down.memory());
    assertThat(again.replicas()).isEqualTo(80);
    assertThat(fresh.decide(at(later + 60_000, 40 * 1.8, 80), again.memory()).replicas())
        .isEqualTo(64);
  }

  @Test
  void whatTheLastFiveMinutesNeededIsKept() {
    Decision high = fresh.decide(at(0, 90, 50), wanting(50));
    Decision low = fresh.decide(at(299_000, 18, 50), high.memory());
    assertThat(low.replicas()).isEqualTo(50);
    assertThat(fresh.decide(at(300_000, 18, 50), low.memory()).replicas()).isEqualTo(40);
  }

  @Test
  void aShorterWindowForgetsSooner() {
    double[] fell = {90, 90, 90, 90, 90, 90, 10, 10, 10, 10};
    Signals signals = new Signals(0, 0, samples(fell), 0, 50, RATE, Double.NaN);
    assertThat(windowOf(60_000).react(signals, 90)).isCloseTo(10, within(1e-9));
    assertThat(fresh.react(signals, 90)).isGreaterThan(70);
  }

  @Test
  void aShorterWindowSeesARiseSooner() {
    double[] rose = {10, 10, 10, 10, 10, 90};
    Signals signals = new Signals(0, 0, samples(rose), 0, 10, RATE, Double.NaN);
    assertThat(windowOf(60_000).present(signals)).isEqualTo(90);
    assertThat(fresh.present(signals)).isEqualTo(30);
  }

  @Test
  void aLongerWindowLooksAtThePresentAsTheDefaultDoes() {
    double[] fell = {
      500, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 10, 10, 10, 10
    };
    Signals signals = new Signals(0, 0, samples(fell), 0, 50, RATE, Double.NaN);
    assertThat(windowOf(3_600_000).react(signals, 90)).isEqualTo(fresh.react(signals, 90));
  }

  private static Scaler windowOf(long windowMs) {
    return new Scaler(new SeasonalForecast(), 60, 30, new ErlangC(0.5), BOUNDS, windowMs);
  }

  @Test
  void itIsReadyForWhatThePastDaysHadButNotForMoreThanTheLevelAllows() {
    Scaler scaler = ours(twoDays());
    assertThat(scaler.decide(at(2 * DAY_MS, 1, 2), wanting(2)).replicas()).isEqualTo(34);
  }

  @Test
  void staleLoadsNeverShrinkAndOldOnesGrowToWhatIsUsual() {
    Scaler scaler = ours(twoDays());
    long now = 2 * DAY_MS;
    assertThat(scaler.decide(stale(now, 61_000, 1, 20), wanting(20)).replicas()).isEqualTo(20);
    Signals lost = new Signals(now, 601_000, samples(), Double.NaN, 20, RATE, Double.NaN);
    assertThat(scaler.decide(lost, wanting(20)).replicas()).isEqualTo(34);
    Signals many = new Signals(now, 601_000, samples(), Double.NaN, 90, RATE, Double.NaN);
    assertThat(scaler.decide(many, wanting(90)).replicas()).isEqualTo(90);
  }

  @Test
  void anUnknownServiceRateHolds() {
    for (double unknown : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      Signals signals = new Signals(0, 0, steady(500), 0, 20, unknown, Double.NaN);
      assertThat(fresh.decide(signals, wanting(20)).replicas()).isEqualTo(20);
    }
  }
}
