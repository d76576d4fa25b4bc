package org.yarngpu.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.scale.LoadFixture.BOUNDS;
import static org.yarngpu.scale.LoadFixture.RATE;
import static org.yarngpu.scale.LoadFixture.at;
import static org.yarngpu.scale.LoadFixture.ours;
import static org.yarngpu.scale.LoadFixture.stale;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.yarngpu.scale.ScalePolicy.Decision;
import org.yarngpu.testing.Seeded;

/** What each published formula gives, and what holds for all policies. */
class ScalePolicyTest {
  private static final long PERIOD_MS = 30_000;

  private static List<ScalePolicy> policies(SeasonalForecast forecast, ReplicaBounds bounds) {
    return List.of(
        new Scaler(forecast, 60, 30, new ErlangC(0.5), bounds),
        new Hpa(0.5, bounds),
        new Wpai(0.5, 90, bounds));
  }

  @Test
  void kubernetesFormulaHasATolerance() {
    assertThat(Hpa.desired(4, 90, 50)).isEqualTo(8);
    assertThat(Hpa.desired(10, 52, 50)).isEqualTo(10);
  }

  @Test
  void hpaAtMostDoublesOrAddsFour() {
    Hpa hpa = new Hpa(0.5, BOUNDS);
    assertThat(hpa.decide(at(0, 500, 2), Memory.starting(0, 2)).replicas()).isEqualTo(6);
    assertThat(hpa.decide(at(0, 500, 20), Memory.starting(0, 20)).replicas()).isEqualTo(40);
  }

  @Test
  void hpaKeepsWhatTheLastFiveMinutesWanted() {
    Hpa hpa = new Hpa(0.5, BOUNDS);
    Decision high = hpa.decide(at(0, 40, 40), Memory.starting(0, 40));
    Decision kept = hpa.decide(at(299_000, 10, 40), high.memory());
    assertThat(kept.replicas()).isEqualTo(40);
    assertThat(hpa.decide(at(300_000, 10, 40), kept.memory()).replicas()).isEqualTo(10);
  }

  @Test
  void wpaiGrowsAboveWhatIsExpectedAndShrinksBelowFourFifthsOfIt() {
    assertThat(Wpai.desired(10, 0.6, 0.5)).isEqualTo(12);
    assertThat(Wpai.desired(10, 0.42, 0.5)).isEqualTo(10);
    assertThat(Wpai.desired(10, 0.33, 0.5)).isEqualTo(6);
  }

  @Test
  void wpaiFollowsTheTrend() {
    double[] rising = DoubleStream.iterate(0, one -> one + 15).limit(40).toArray();
    Signals signals =
        new Signals(0, 0, ImmutableDoubleArray.copyOf(rising), 0, 500, RATE, Double.NaN);
    // 562.5 over the last minute, and one more each second for 90 s
    assertThat(new Wpai(0.5, 90, BOUNDS).decide(signals, Memory.starting(0, 500)).replicas())
        .isEqualTo(653);
  }

  @Test
  void theStaticCountFitsAllButTheBusiestMinuteOfAThousand() {
    ImmutableDoubleArray loads =
        ImmutableDoubleArray.copyOf(
            DoubleStream.concat(
                DoubleStream.iterate(1, one -> one + 0.06).limit(999),
                DoubleStream.of(5000, Double.NaN, -3)));
    Static fixed = Static.of(loads, RATE, new ErlangC(0.5), BOUNDS);
    assertThat(fixed.replicas()).isEqualTo(34);
    assertThat(Static.of(ImmutableDoubleArray.of(), RATE, new ErlangC(0.5), BOUNDS).replicas())
        .isEqualTo(1);
  }

  @Seeded(runs = 100)
  void nobodyLeavesTheBoundsWhateverIsMeasured(SplittableRandom random) {
    int min = random.nextInt(5);
    ReplicaBounds bounds = new ReplicaBounds(min, min + 1 + random.nextInt(30));
    SeasonalForecast forecast = new SeasonalForecast();
    for (ScalePolicy policy : policies(forecast, bounds)) {
      int replicas = random.nextInt(50);
      Memory memory = Memory.starting(0, replicas);
      for (long now = 0; now < 40 * PERIOD_MS; now += PERIOD_MS) {
        Signals signals =
            new Signals(
                now,
                random.nextInt(3) * 400_000L,
                ImmutableDoubleArray.copyOf(
                    random.doubles(random.nextInt(50)).map(one -> oddOr(one, random))),
                oddOr(random.nextDouble(), random),
                replicas,
                oddOr(random.nextDouble(), random),
                oddOr(random.nextDouble(), random));
        Decision decision = policy.decide(signals, memory);
        memory = decision.memory();
        replicas = decision.replicas();
        assertThat(replicas).isBetween(bounds.min(), bounds.max());
        assertThat(memory.wishes()).hasSizeLessThanOrEqualTo(11);
      }
    }
  }

  private static double oddOr(double share, SplittableRandom random) {
    double[] odd = {Double.NaN, -1, 0, Double.POSITIVE_INFINITY, 1e300};
    return share < 0.3 ? odd[random.nextInt(odd.length)] : 100 * share;
  }

  /** At 3.1 wanted, 3 are too few and 4 too many. */
  @Test
  void wpaisFormulaNeedNotSettle() {
    assertThat(Wpai.desired(3, 3.1 * 0.5 / 3, 0.5)).isEqualTo(4);
    assertThat(Wpai.desired(4, 3.1 * 0.5 / 4, 0.5)).isEqualTo(3);
  }

  @Seeded(runs = 100)
  void aConstantLoadSettles(SplittableRandom random) {
    double load = random.nextDouble(0, 200);
    SeasonalForecast forecast = new SeasonalForecast();
    for (long minute = 0; minute < SeasonalForecast.DAY; minute++) {
      forecast.learn(minute, load);
    }
    for (ScalePolicy policy : List.of(ours(forecast), new Hpa(0.5, BOUNDS))) {
      int replicas = 1 + random.nextInt(400);
      long start = SeasonalForecast.DAY * 60_000L;
      Memory memory = Memory.starting(start, replicas);
      int settled = 0;
      for (long tick = 0; tick < 200; tick++) {
        Decision decision = policy.decide(at(start + tick * PERIOD_MS, load, replicas), memory);
        if (tick > 100) {
          assertThat(decision.replicas()).isEqualTo(settled);
        }
        memory = decision.memory();
        replicas = decision.replicas();
        settled = replicas;
      }
    }
  }

  @Seeded(runs = 100)
  void staleLoadsNeverShrink(SplittableRandom random) {
    for (ScalePolicy policy : policies(new SeasonalForecast(), BOUNDS)) {
      int replicas = 1 + random.nextInt(100);
      Memory memory = Memory.starting(0, replicas);
      for (long now = 0; now < 100 * PERIOD_MS; now += PERIOD_MS) {
        Signals signals = stale(now, 60_001 + now, random.nextDouble(100), replicas);
        Decision decision = policy.decide(signals, memory);
        assertThat(decision.replicas()).isGreaterThanOrEqualTo(replicas);
        memory = decision.memory();
      }
    }
  }

  @Seeded(runs = 100)
  void oursIsNeverBelowWhatThePresentLoadNeeds(SplittableRandom random) {
    double load = random.nextDouble(0.1, 500);
    Scaler scaler = ours(new SeasonalForecast());
    int replicas = 1 + random.nextInt(300);
    int wanted = scaler.decide(at(0, load, replicas), Memory.starting(0, replicas)).replicas();
    int needed = new ErlangC(0.5).replicas(load, RATE, BOUNDS);
    assertThat(1.05 * wanted).isGreaterThan(needed - 1e-9);
  }
}
