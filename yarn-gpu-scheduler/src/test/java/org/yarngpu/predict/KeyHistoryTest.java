package org.yarngpu.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.model.Predictability;
import org.yarngpu.testing.Seeded;

class KeyHistoryTest {
  private static final Percentage CLOSE = withPercentage(0.1);
  private static final GroupKey KEY = new GroupKey(1, 2);
  private static final KeyLevel NAMED = KeyLevel.RAW_NAME;

  private final KeyHistory history = new KeyHistory();

  private void add(double... runtimes) {
    for (double runtime : runtimes) {
      history.add(Math.log(runtime), NAMED);
    }
  }

  /** Ends as often with a runtime that is this many times the forecast. */
  private void judge(double ratio, int times) {
    for (int t = 0; t < times; t++) {
      history.judge(Math.log(740 * ratio), ratio, NAMED);
    }
  }

  @Test
  void medianAndSpreadAreThoseOfTheLogarithm() {
    add(600);
    assertThat(history.mean()).isCloseTo(6.3969, CLOSE);
    assertThat(history.state(KEY).variance()).isZero();
    add(900);
    assertThat(history.mean()).isCloseTo(6.5997, CLOSE);
    assertThat(history.state(KEY).variance()).isCloseTo(0.0411, CLOSE);
    add(750);
    assertThat(history.mean()).isCloseTo(6.6065, CLOSE);
    assertThat(history.state(KEY).variance()).isCloseTo(0.0275, CLOSE);
    assertThat(Math.exp(history.mean())).isCloseTo(739.86, CLOSE);
    assertThat(history.spread()).isCloseTo(0.3325, CLOSE);
  }

  @Test
  void afterTwentyRunsOldOnesFade() {
    double[] old = new double[500];
    double[] recent = new double[100];
    Arrays.fill(old, 10);
    Arrays.fill(recent, 1000);
    add(old);
    add(recent);
    assertThat(Math.exp(history.mean())).isBetween(970.0, 1000.0);
  }

  @Test
  void hitRateStartsAtAThirdAndMovesWithEachJudgedRun() {
    assertThat(history.hitRate()).isCloseTo(0.3333, CLOSE);
    judge(400.0 / 740, 2);
    judge(300.0 / 740, 1);
    judge(400.0 / 740, 1);
    assertThat(history.judged()).isCloseTo(3.7099, CLOSE);
    assertThat(history.hitRate()).isCloseTo(0.5603, CLOSE);
    assertThat(history.state(KEY).hits()).isCloseTo(2.7599, CLOSE);
  }

  @Test
  void aRunOfHitsMakesPredictableAtTheNinthAndSemiAtTheFirst() {
    judge(1, 1);
    assertThat(history.hitRate()).isEqualTo(0.5);
    judge(1, 7);
    assertThat(history.hitRate()).isLessThan(0.8);
    judge(1, 1);
    assertThat(history.hitRate()).isGreaterThanOrEqualTo(0.8);
  }

  @Test
  void fromTheCeilingThreeMissesEndPredictableAndThirteenEndSemi() {
    judge(1, 500);
    assertThat(history.hitRate()).isCloseTo(0.9130, CLOSE);
    judge(3, 2);
    assertThat(history.hitRate()).isGreaterThan(0.8);
    judge(3, 1);
    assertThat(history.hitRate()).isCloseTo(0.7890, CLOSE);
    judge(3, 9);
    assertThat(history.hitRate()).isGreaterThan(0.5);
    judge(3, 1);
    assertThat(history.hitRate()).isCloseTo(0.4899, CLOSE);
    assertThat(Predictability.of(history.judged(), history.hitRate(), 0.1))
        .isEqualTo(Predictability.NOT);
  }

  @Test
  void threeMissesInARowOnOneSideStartItAgain() {
    add(740, 740, 740, 740, 740);
    for (double runtime : new double[] {2000, 2200, 1900}) {
      history.add(Math.log(runtime), NAMED);
      history.judge(Math.log(runtime), runtime / 740, NAMED);
    }
    assertThat(Math.exp(history.mean())).isCloseTo(2029.6, CLOSE);
    assertThat(Math.sqrt(history.state(KEY).variance())).isCloseTo(0.0607, withPercentage(0.5));
    assertThat(history.spread()).isCloseTo(0.2274, CLOSE);
    assertThat(history.runs()).isEqualTo(3);
  }

  /** Else a forecast for anybody would follow whoever ended last. */
  @Test
  void whereJobsOfAllKindsMeetNothingIsForgotten() {
    for (int run = 0; run < 100; run++) {
      history.add(Math.log(100), KeyLevel.EVERYTHING);
    }
    for (double runtime : new double[] {2000, 2200, 1900}) {
      history.add(Math.log(runtime), KeyLevel.EVERYTHING);
      history.judge(Math.log(runtime), runtime / 100, KeyLevel.EVERYTHING);
    }
    assertThat(history.runs()).isEqualTo(103);
    assertThat(history.mean())
        .isCloseTo(
            (100 * Math.log(100) + Math.log(2000) + Math.log(2200) + Math.log(1900)) / 103, CLOSE);
  }

  @Test
  void missesOnBothSidesDoNot() {
    add(740, 740);
    for (double runtime : new double[] {2000, 100, 1900}) {
      history.add(Math.log(runtime), NAMED);
      history.judge(Math.log(runtime), runtime / 740, NAMED);
    }
    assertThat(history.runs()).isEqualTo(5);
  }

  @Test
  void fiveForecastsInARowThatWereFarTooShortAreDoubtedUntilTwoHits() {
    judge(2.1, 4);
    judge(1.9, 1);
    judge(2.1, 4);
    assertThat(history.inDoubt()).isFalse();
    judge(2.1, 1);
    assertThat(history.inDoubt()).isTrue();
    judge(1, 1);
    judge(0.4, 1);
    judge(2.1, 1);
    assertThat(KeyHistory.from(history.state(KEY)).inDoubt()).isTrue();
    judge(1, 1);
    assertThat(history.inDoubt()).isFalse();
    judge(2.1, 4);
    assertThat(history.inDoubt()).isFalse();
  }

  @Test
  void onlyTheLast32RatiosAreKept() {
    for (int run = 1; run <= 70; run++) {
      history.judge(0, run, NAMED);
    }
    assertThat(history.sortedRatios().length()).isEqualTo(32);
    assertThat(history.sortedRatios().get(0)).isEqualTo(39);
    assertThat(history.sortedRatios().get(31)).isEqualTo(70);
  }

  /** Exchangeable runs with a spread twice as large as believed. */
  @Seeded(runs = 20)
  void aTenthExceedsItsQuantileHoweverWrongTheSpreadIs(SplittableRandom random) {
    double scale = random.nextDouble(0.8, 2);
    assertThat(exceededShare(4000, scale, random)).isBetween(0.08, 0.12);
  }

  /** Whatever the runs: between the limits of the stretch the sum of all steps is bounded. */
  @Seeded(runs = 20)
  void whenTheSpreadChangesItReturnsToATenth(SplittableRandom random) {
    exceededShare(2000, 1, random);
    exceededShare(60, 2, random);
    assertThat(exceededShare(2000, 2, random)).isBetween(0.08, 0.12);
    exceededShare(60, 0.8, random);
    assertThat(exceededShare(2000, 0.8, random)).isBetween(0.08, 0.12);
  }

  /** Follows standard normal scores times the scale, with quantiles made for a scale of 1. */
  private double exceededShare(int runs, double scale, SplittableRandom random) {
    int exceeded = 0;
    for (int run = 0; run < runs; run++) {
      double score = scale * random.nextGaussian();
      boolean exceeds = score > 1.2816 * history.stretch();
      history.follow(exceeds);
      exceeded += exceeds ? 1 : 0;
    }
    return (double) exceeded / runs;
  }

  @Test
  void theLongestOfTenBoundsAndOfNineDoesNot() {
    add(1, 2, 3, 4, 5, 900, 7, 8, 9);
    assertThat(history.longest()).isEmpty();
    add(10);
    assertThat(Math.exp(history.longest().orElseThrow())).isCloseTo(900, CLOSE);
  }

  @Seeded
  void aRestoredHistoryGoesOnAsBefore(SplittableRandom random) {
    int before = random.nextInt(1, 80);
    for (int run = 0; run < before; run++) {
      step(history, random.split());
    }
    KeyHistory restored = KeyHistory.from(history.state(KEY));
    assertThat(restored.state(KEY)).isEqualTo(history.state(KEY));
    for (int run = 0; run < 40; run++) {
      SplittableRandom same = random.split();
      SplittableRandom again = new SplittableRandom(same.nextLong());
      long seed = again.nextLong();
      step(history, new SplittableRandom(seed));
      step(restored, new SplittableRandom(seed));
      assertThat(restored.state(KEY)).isEqualTo(history.state(KEY));
      assertThat(restored.sortedRatios()).isEqualTo(history.sortedRatios());
    }
  }

  private static void step(KeyHistory history, SplittableRandom random) {
    double value = random.nextDouble(0, 12);
    history.add(value, NAMED);
    if (random.nextBoolean()) {
      history.judge(value, Math.exp(random.nextDouble(-3, 3)), NAMED);
      history.follow(random.nextBoolean());
    }
  }
}
