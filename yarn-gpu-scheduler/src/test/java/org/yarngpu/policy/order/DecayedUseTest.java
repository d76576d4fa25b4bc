package org.yarngpu.policy.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.yarngpu.policy.order.DecayedUse.UserOfQueue;
import org.yarngpu.testing.Seeded;

class DecayedUseTest {
  private static final UserOfQueue ANN = new UserOfQueue("root.a", "ann");
  private static final UserOfQueue BOB = new UserOfQueue("root.a", "bob");
  private static final long HALF_LIFE_MS = 3_600_000;

  private final DecayedUse use = new DecayedUse();

  private double of(String user) {
    return of(user, use);
  }

  private static double of(String user, DecayedUse use) {
    return use.gpuMs().getOrDefault("root.a", ImmutableMap.of()).getOrDefault(user, 0.0);
  }

  @Test
  void afterManyHalfLivesWhatIsHeldAllTheTimeCountsHalfLifeOverLn2() {
    for (int i = 0; i <= 300; i++) {
      use.advance(i * 1_200_000L, HALF_LIFE_MS, Map.of(ANN, 2));
    }
    assertThat(of("ann")).isCloseTo(2 * HALF_LIFE_MS / Math.log(2), within(1.0));
  }

  @Test
  void halfIsLeftAfterAHalfLifeAndHowOftenItIsCountedDoesNotMatter() {
    use.advance(0, HALF_LIFE_MS, Map.of(ANN, 3));
    use.advance(1_000_000, HALF_LIFE_MS, Map.of());
    double before = of("ann");
    assertThat(before).isBetween(2.7e6, 3e6);
    for (int i = 1; i <= 360; i++) {
      use.advance(1_000_000 + i * 10_000L, HALF_LIFE_MS, Map.of());
    }
    assertThat(of("ann")).isCloseTo(before / 2, within(1.0));
  }

  @Test
  void whoUsedNextToNothingIsForgotten() {
    use.advance(0, HALF_LIFE_MS, Map.of(ANN, 1));
    use.advance(2_000, HALF_LIFE_MS, Map.of());
    assertThat(use.gpuMs()).containsKey("root.a");
    use.advance(2 * HALF_LIFE_MS, HALF_LIFE_MS, Map.of());
    assertThat(use.gpuMs()).isEmpty();
  }

  @Test
  void aClockThatGoesBackCountsNothing() {
    use.advance(10_000, HALF_LIFE_MS, Map.of(ANN, 1));
    use.advance(5_000, HALF_LIFE_MS, Map.of(ANN, 1));
    use.advance(20_000, HALF_LIFE_MS, Map.of());
    assertThat(of("ann")).isBetween(9_900.0, 10_000.0);
  }

  @Seeded
  void whoGoesOnFromWhatAnotherCountedEqualsOneThatWasNeverReplaced(SplittableRandom random) {
    DecayedUse replaced = new DecayedUse();
    DecayedUse unhurt = new DecayedUse();
    long nowMs = 0;
    for (int steps = random.nextInt(1, 20); steps > 0; steps--) {
      nowMs += random.nextLong(HALF_LIFE_MS);
      Map<UserOfQueue, Integer> holds = Map.of(ANN, random.nextInt(4), BOB, random.nextInt(4));
      unhurt.advance(nowMs, HALF_LIFE_MS, holds);
      replaced.advance(nowMs, HALF_LIFE_MS, holds);
      if (random.nextInt(3) == 0) {
        long downMs = random.nextLong(2 * HALF_LIFE_MS);
        long keptMs = replaced.atMs();
        nowMs += downMs;
        replaced = new DecayedUse(keptMs, replaced.gpuMs());
        replaced.advance(nowMs, HALF_LIFE_MS, holds);
        for (Map.Entry<UserOfQueue, Integer> held : holds.entrySet()) {
          for (int gpu = 0; gpu < held.getValue(); gpu++) { // node by node
            replaced.catchUp(held.getKey(), 1, keptMs, HALF_LIFE_MS);
          }
        }
        unhurt.advance(nowMs, HALF_LIFE_MS, holds);
      }
    }
    assertThat(replaced.atMs()).isEqualTo(unhurt.atMs());
    for (String user : List.of("ann", "bob")) {
      assertThat(of(user, replaced)).isCloseTo(of(user, unhurt), within(1.0));
    }
  }

  @Test
  void whatBeginsLaterThanTheLastCountIsNotCaughtUp() {
    use.advance(10_000, HALF_LIFE_MS, Map.of());
    use.catchUp(ANN, 1, 20_000, HALF_LIFE_MS);
    assertThat(of("ann")).isZero();
  }
}
