package org.yarngpu.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.yarngpu.scale.SeasonalForecast.Weighted;
import org.yarngpu.testing.Seeded;

class SeasonalForecastTest {
  private static final int DAY = SeasonalForecast.DAY;

  private static SeasonalForecast taught(long minutes, LongToDoubleFunction load) {
    SeasonalForecast forecast = new SeasonalForecast();
    for (long minute = 0; minute < minutes; minute++) {
      forecast.learn(minute, load.applyAsDouble(minute));
    }
    return forecast;
  }

  /** Ten minutes from 10:00 each day, twenty times the rest of it. */
  private static double peaky(long minute) {
    return minute % DAY >= 600 && minute % DAY < 610 ? 200 : 10;
  }

  @Test
  void theWeightedQuantileIsTheFirstThatReachesItsShare() {
    List<Weighted> seen =
        List.of(
            new Weighted(100, .8),
            new Weighted(120, .8),
            new Weighted(90, .64),
            new Weighted(140, .64));
    assertThat(SeasonalForecast.quantile(seen, 0.5)).isEqualTo(100);
    assertThat(SeasonalForecast.quantile(seen, 0.9)).isEqualTo(140);
    assertThat(SeasonalForecast.quantile(List.of(), 0.9)).isNaN();
  }

  @Test
  void theSameDayOfTheWeekCountsHalfAsMuchAgain() {
    assertThat(SeasonalForecast.weight(1)).isCloseTo(0.8, within(1e-9));
    assertThat(SeasonalForecast.weight(7)).isCloseTo(0.3146, within(1e-4));
  }

  @Test
  void theLevelIsBoundedAndOneWhereNothingIsKnown() {
    assertThat(SeasonalForecast.level(130, 100)).isCloseTo(1.3, within(1e-9));
    assertThat(SeasonalForecast.level(250, 100)).isEqualTo(1.6);
    assertThat(SeasonalForecast.level(10, 100)).isEqualTo(0.8);
    assertThat(SeasonalForecast.level(10, 0)).isEqualTo(1);
    assertThat(SeasonalForecast.level(Double.NaN, 100)).isEqualTo(1);
    SeasonalForecast forecast = taught(DAY + 100, minute -> minute < DAY ? 100 : 130);
    assertThat(forecast.level(DAY + 100)).isCloseTo(1.3, within(1e-9));
  }

  @Test
  void theScaledErrorComparesWithYesterday() {
    assertThat(SeasonalForecast.scaledError(1 + 1 + 1 + 1, 1 + 2 + 2 + 3)).isEqualTo(0.5);
    assertThat(taught(3L * DAY, minute -> 7).scaledError()).isZero();
    assertThat(taught(DAY, minute -> 7).scaledError()).isNaN();
  }

  @Test
  void whatIsWorseThanYesterdayIsNotTrusted() {
    assertThat(taught(5L * DAY, SeasonalForecastTest::peaky).isTrusted()).isTrue();
    LongToDoubleFunction jagged =
        minute -> minute % 2 == 0 ? 100 : (double) (minute % DAY * 7919 % 1440);
    assertThat(taught(5L * DAY, jagged).isTrusted()).isFalse();
  }

  @Test
  void aPeakIsExpectedBeforeItComes() {
    long minute = 3L * DAY + 598;
    SeasonalForecast forecast = taught(minute, SeasonalForecastTest::peaky);
    assertThat(forecast.quantile(minute, 2, 10, 0.9)).isEqualTo(200);
    assertThat(forecast.quantile(minute - 60, 2, 10, 0.9)).isEqualTo(10);
  }

  @Test
  void aPeakThatDoesNotComeIsGivenUp() {
    long minute = 3L * DAY + 605;
    SeasonalForecast forecast = taught(minute, m -> m < 3L * DAY ? peaky(m) : 10);
    assertThat(forecast.quantile(minute, 1, 10, 0.9)).isEqualTo(10);
    assertThat(forecast.quantile(minute, 1, 200, 0.9)).isEqualTo(200);
  }

  @Test
  void likenessIsTheFourthPowerOfTheRatio() {
    assertThat(SeasonalForecast.likeness(50, 100)).isEqualTo(0.0625);
    assertThat(SeasonalForecast.likeness(0, 0)).isEqualTo(1);
    assertThat(SeasonalForecast.likeness(0, 100)).isEqualTo(1e-6);
    assertThat(SeasonalForecast.likeness(Double.NaN, 100)).isEqualTo(1);
  }

  @Test
  void aDayOfMissingDataLeavesTheOtherDays() {
    long minute = 3L * DAY + 598;
    SeasonalForecast forecast =
        taught(minute, m -> m / DAY == 2 ? Double.NaN : SeasonalForecastTest.peaky(m));
    assertThat(forecast.quantile(minute, 2, 10, 0.9)).isEqualTo(200);
  }

  @Test
  void minutesAreLearnedOnceAndInTheirOrder() {
    SeasonalForecast forecast = taught(10, minute -> 7);
    forecast.learn(100_000_000, 9);
    assertThat(forecast.quantile(100_000_000 + DAY, 0, 9, 0.5)).isEqualTo(9);
    assertThatThrownBy(() -> forecast.learn(100_000_000, 9))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Seeded(runs = 20)
  void whatIsForecastWasSeen(SplittableRandom random) {
    double[] odd = {Double.NaN, -1, Double.POSITIVE_INFINITY};
    SeasonalForecast forecast =
        taught(
            2L * DAY,
            minute -> random.nextInt(4) == 0 ? odd[random.nextInt(3)] : random.nextDouble(10, 20));
    double load = forecast.quantile(2L * DAY, random.nextInt(5), random.nextDouble(30), 0.9);
    assertThat(load).isBetween(10.0, 20.0);
    assertThat(forecast.level(2L * DAY)).isBetween(0.8, 1.6);
  }
}
