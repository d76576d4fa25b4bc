package org.yarngpu.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Seeded;

class RuntimeForecastTest {
  private static final Percentage CLOSE = withPercentage(0.1);

  /** The share of a standard normal distribution that lies below 0.7. */
  private static final double BELOW_07 = 0.758036;

  private static RuntimeForecast forecast(double median, double spread, double... ratios) {
    return bounded(median, spread, 1, RuntimeForecast.SECONDS_MAX, ratios);
  }

  private static RuntimeForecast bounded(
      double median, double spread, double stretch, double longestSeconds, double... ratios) {
    return forecast(median, spread, stretch, longestSeconds, false, ratios);
  }

  private static RuntimeForecast forecast(
      double median,
      double spread,
      double stretch,
      double longestSeconds,
      boolean doubted,
      double... ratios) {
    return new RuntimeForecast(
        median,
        spread,
        ImmutableDoubleArray.copyOf(ratios),
        stretch,
        longestSeconds,
        0,
        1.0 / 3,
        Predictability.NOT,
        RuntimeForecast.trustAt(spread),
        KeyLevel.USER,
        KeyLevel.USER,
        3,
        doubted);
  }

  @Test
  void withFewRatiosQuantilesAreLogNormal() {
    assertThat(forecast(739.86, 0.3325).quantileSeconds(0.9)).isCloseTo(1132.9, CLOSE);
    assertThat(forecast(1000, 1).quantileSeconds(0.9)).isCloseTo(1000 * Math.exp(1.2816), CLOSE);
    assertThat(forecast(1000, 9).quantileSeconds(0.9))
        .as("a spread above 1.5 widens no more")
        .isEqualTo(forecast(1000, 1.5).quantileSeconds(0.9));
  }

  @Test
  void theStretchMovesWhatIsAboveTheMedian() {
    assertThat(bounded(1000, 1, 2, RuntimeForecast.SECONDS_MAX).quantileSeconds(0.9))
        .isCloseTo(1000 * Math.exp(2 * 1.2816), CLOSE);
    assertThat(bounded(1000, 1, 2, RuntimeForecast.SECONDS_MAX).quantileSeconds(0.3))
        .isEqualTo(forecast(1000, 1).quantileSeconds(0.3));
  }

  @Test
  void theLongestRunBoundsTheNinthTenthButNotWhatLiesBeyondNorTheMedian() {
    assertThat(bounded(1000, 1, 1, 1500).quantileSeconds(0.9)).isEqualTo(1500);
    assertThat(bounded(1000, 1, 1, 1500).quantileSeconds(0.99)).isGreaterThan(9000);
    assertThat(bounded(1000, 1, 1, 500).quantileSeconds(0.9)).isEqualTo(1000);
  }

  @Test
  void withTenRatiosQuantilesAreConformal() {
    RuntimeForecast forecast =
        forecast(740, 0.3, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.1, 1.2, 1.5, 2.4);
    assertThat(forecast.quantileSeconds(0.5)).isCloseTo(740, CLOSE);
    assertThat(forecast.quantileSeconds(0.9)).isCloseTo(1776, CLOSE);
    assertThat(forecast.quantileSeconds(0.95)).as("beyond what ten can tell").isEqualTo(1776);
  }

  @Test
  void remainingShrinksUntilTheForecastHasPassedAndGrowsThen() {
    assertThat(forecast(1000, 0.4).remainingSeconds(0)).isCloseTo(1000, CLOSE);
    assertThat(forecast(1000, 0.4).remainingSeconds(300)).isCloseTo(700, CLOSE);
    assertThat(forecast(1000, 0.4).remainingSeconds(970)).isCloseTo(61, CLOSE);
    assertThat(forecast(1000, 0.4).remainingSeconds(1000)).isCloseTo(540, CLOSE);
    assertThat(forecast(1000, 0.4).remainingSeconds(2000)).isCloseTo(1080, CLOSE);
    assertThat(forecast(1000, 2.0).remainingSeconds(2000)).isCloseTo(3000, CLOSE);
    assertThat(forecast(10, 0.4).remainingSeconds(10)).isCloseTo(30, CLOSE);
  }

  @Test
  void aQuantileOfWhatRemainsIsThatOfTheRuntimeLessWhatHasRun() {
    RuntimeForecast forecast = forecast(1000, 0.4);
    assertThat(forecast.remainingQuantileSeconds(0.9, 300)).isCloseTo(1369.7, CLOSE);
    assertThat(forecast.remainingQuantileSeconds(BELOW_07, 300)).isCloseTo(1023.1, CLOSE);
    assertThat(forecast.remainingQuantileSeconds(0.9, 2000)).isCloseTo(1000, CLOSE);
    assertThat(forecast.remainingQuantileSeconds(BELOW_07, 2000)).isCloseTo(1000, CLOSE);
  }

  @Test
  void trustFallsWithTheSpread() {
    assertThat(RuntimeForecast.trustAt(0.4)).isCloseTo(0.9624, CLOSE);
    assertThat(RuntimeForecast.trustAt(0.6)).isCloseTo(0.8351, CLOSE);
    assertThat(RuntimeForecast.trustAt(0.9)).isCloseTo(0.5, CLOSE);
    assertThat(RuntimeForecast.trustAt(1.3)).isCloseTo(0.1868, CLOSE);
    assertThat(RuntimeForecast.trustAt(2)).isCloseTo(0.0394, CLOSE);
  }

  @Test
  void expectedRemainingIsBetweenForecastAndLeastAttainedService() {
    assertThat(forecast(1000, 0.4).expectedRemainingSeconds(0)).isCloseTo(1039.25, CLOSE);
    assertThat(forecast(1000, 0.4).expectedRemainingSeconds(300)).isCloseTo(723.27, CLOSE);
    assertThat(forecast(1000, 0.9).expectedRemainingSeconds(300)).isCloseTo(717.13, CLOSE);
    assertThat(forecast(1000, 2.0).expectedRemainingSeconds(300)).isCloseTo(627.91, CLOSE);
  }

  /** Three of ten of its kin ended after 100 s, the others after 1000 s. */
  @Test
  void theIndexOfOneThatMayEndEarlyIsTheTimeForEachEndUntilThen() {
    double[] ratios = {0.1, 0.1, 0.1, 1, 1, 1, 1, 1, 1, 1};
    RuntimeForecast forecast = forecast(1000, 0.4, ratios);
    // Until 100 s: ten run 100 s each, and three end.
    assertThat(forecast.indexSeconds(0)).isCloseTo(1000 / 3.0, CLOSE);
    assertThat(forecast.indexSeconds(40)).isCloseTo(600 / 3.0, CLOSE);
    assertThat(forecast.indexSeconds(100)).as("it did not end early").isCloseTo(900, CLOSE);
    assertThat(forecast.indexSeconds(999.5)).as("at least a second").isEqualTo(1);
    assertThat(forecast.indexSeconds(1000))
        .as("it runs longer than all of its kin")
        .isEqualTo(forecast.expectedRemainingSeconds(1000));
    assertThat(
            forecast(1000, 0.4, 0.1, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1.1).indexSeconds(0))
        .as("too few end early: all of them until 1100 s")
        .isCloseTo(840, CLOSE);
  }

  @Test
  void withFewRatiosOrInDoubtTheIndexIsTheExpectation() {
    double[] ratios = {0.1, 0.1, 0.1, 1, 1, 1, 1, 1, 1};
    assertThat(forecast(1000, 0.4, ratios).indexSeconds(300))
        .isEqualTo(forecast(1000, 0.4, ratios).expectedRemainingSeconds(300));
    RuntimeForecast doubted =
        forecast(
            1000, 0.4, 1, RuntimeForecast.SECONDS_MAX, true, 0.1, 0.1, 0.1, 1, 1, 1, 1, 1, 1, 1);
    assertThat(doubted.indexSeconds(0)).isEqualTo(doubted.expectedRemainingSeconds(0));
  }

  @Test
  void aGangThatStaysIsOrderedByExpectation() {
    RuntimeForecast runtime = forecast(1000, 0.4, 0.1, 0.1, 0.1, 1, 1, 1, 1, 1, 1, 1);
    Forecast forecast = new RemainingForecast(runtime).after(40_000);
    assertThat(forecast.indexMs()).isCloseTo(200_000, CLOSE);
    assertThat(forecast.at(0.5).indexMs()).isCloseTo(400_000, CLOSE);
    assertThat(forecast.orderedByExpectation())
        .isEqualTo(
            new Forecast(
                forecast.remainingMs(),
                forecast.remainingUpperMs(),
                forecast.expectedRemainingMs()));
    assertThat(forecast.expectedRemainingMs())
        .isCloseTo(1000 * runtime.expectedRemainingSeconds(40), CLOSE);
  }

  /** By the definition: of those that still run at {@code ran}, each as likely. */
  private static double leastTimeForEachEnd(double median, double ran, double[] ratios) {
    double[] left = Arrays.stream(ratios).map(r -> median * r - ran).filter(l -> l > 0).toArray();
    return Arrays.stream(left)
        .map(
            x ->
                Arrays.stream(left).map(l -> Math.min(l, x)).average().orElseThrow()
                    / ((double) Arrays.stream(left).filter(l -> l <= x).count() / left.length))
        .min()
        .orElse(Double.NaN);
  }

  @Seeded
  void theIndexIsTheLeastTimeForEachEnd(SplittableRandom random) {
    double median = random.nextDouble(1, 1e6);
    double[] ratios =
        random.doubles(random.nextInt(10, 33)).map(r -> Math.exp(6 * r - 3)).sorted().toArray();
    double ran = random.nextBoolean() ? 0 : median * random.nextDouble(0, 10);
    double least = leastTimeForEachEnd(median, ran, ratios);
    RuntimeForecast forecast = forecast(median, random.nextDouble(0, 3), ratios);
    assertThat(forecast.indexSeconds(ran))
        .isCloseTo(
            Double.isNaN(least) ? forecast.expectedRemainingSeconds(ran) : Math.max(1, least),
            CLOSE);
  }

  @Test
  void whatIsNoNumberIsRefusedOrCountsAsNothingRun() {
    assertThat(forecast(1000, 0.4).remainingSeconds(Double.NaN)).isEqualTo(1000);
    assertThat(forecast(1000, 0.4).expectedRemainingSeconds(-5))
        .isEqualTo(forecast(1000, 0.4).expectedRemainingSeconds(0));
    assertThat(forecast(1000, 0.4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1).indexSeconds(Double.NaN))
        .isEqualTo(1000);
    assertThatThrownBy(() -> forecast(Double.NaN, 0.4)).hasMessageContaining("medianSeconds (NaN)");
    assertThatThrownBy(() -> forecast(1000, Double.NaN)).hasMessageContaining("spread (NaN)");
    assertThatThrownBy(() -> forecast(1000, 1).quantileSeconds(1)).hasMessageContaining("share");
  }

  @Seeded
  void answersAreNumbersAboveZeroAndQuantilesNeverFall(SplittableRandom random) {
    RuntimeForecast forecast =
        forecast(
            Math.exp(random.nextDouble(0, Math.log(RuntimeForecast.SECONDS_MAX))),
            random.nextDouble(0, 8),
            random
                .doubles(random.nextInt(33))
                .map(share -> Math.exp(14 * share - 7))
                .sorted()
                .toArray());
    double attained = random.nextDouble() < 0.2 ? 0 : Math.exp(random.nextDouble(-2, 16));
    assertThat(forecast.remainingSeconds(attained)).isPositive().isFinite();
    assertThat(forecast.expectedRemainingSeconds(attained)).isPositive().isFinite();
    assertThat(forecast.indexSeconds(attained)).isPositive().isFinite();
    double lower = 0;
    for (double share = 0.01; share < 1; share += 0.01) {
      double quantile = forecast.quantileSeconds(share);
      assertThat(quantile).isGreaterThanOrEqualTo(lower).isFinite();
      assertThat(forecast.remainingQuantileSeconds(share, attained)).isPositive().isFinite();
      lower = quantile;
    }
  }
}
