package org.yarngpu.predict;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class DemandForecastTest {
  private static final long MINUTE_MS = 60_000;
  private static final long HOUR_MS = 60 * MINUTE_MS;
  private static final long DAY_MS = 24 * HOUR_MS;

  private final DemandForecast forecast = new DemandForecast();

  /** 20 GPUs by night, 80 from 8 to 20 o'clock. */
  private static double usual(long ms) {
    long hour = ms % DAY_MS / HOUR_MS;
    return hour >= 8 && hour < 20 ? 80 : 20;
  }

  private void observe(long fromMs, long toMs) {
    for (long ms = fromMs; ms < toMs; ms += MINUTE_MS) {
      forecast.observe(ms, usual(ms));
    }
  }

  @Test
  void nothingIsSaidBeforeADayWasSeen() {
    observe(0, DAY_MS);
    assertThat(forecast.upper(HOUR_MS, 0.95)).isEmpty();
    observe(DAY_MS, DAY_MS + 3 * HOUR_MS);
    assertThat(forecast.upper(HOUR_MS, 0.95)).isPresent();
  }

  @Test
  void aConstantDemandIsForecastAsItIs() {
    for (long ms = 0; ms < 3 * DAY_MS; ms += MINUTE_MS) {
      forecast.observe(ms, 40);
    }
    assertThat(forecast.upper(HOUR_MS, 0.95).orElseThrow()).isEqualTo(40);
  }

  @Test
  void theMorningIsSeenAnHourBefore() {
    observe(0, 6 * DAY_MS + 7 * HOUR_MS + 30 * MINUTE_MS);
    assertThat(forecast.upper(HOUR_MS, 0.95).orElseThrow())
        .as("mean of 80 at this time and 20 lately, and the error that this makes each morning")
        .isGreaterThanOrEqualTo(75);
  }

  @Test
  void theBoundHoldsAboutAsOftenAsItSays() {
    Random random = new Random(7);
    int seen = 0;
    int kept = 0;
    double said = Double.NaN;
    for (long ms = 0; ms < 14 * DAY_MS; ms += 10 * MINUTE_MS) {
      double demand = Math.max(0, usual(ms) + 5 * random.nextGaussian());
      if (!Double.isNaN(said)) {
        seen++;
        kept += demand <= said ? 1 : 0;
      }
      forecast.observe(ms, demand);
      said = forecast.upper(10 * MINUTE_MS, 0.95).orElse(Double.NaN);
    }
    assertThat((double) kept / seen).isBetween(0.93, 1.0);
  }

  @Test
  void aClockThatGoesBackAddsToTheLatest() {
    observe(0, 2 * DAY_MS);
    forecast.observe(DAY_MS, 200);
    assertThat(forecast.upper(HOUR_MS, 0.95).orElseThrow()).isLessThan(200);
  }

  @Test
  void aWeekOfSilenceBeginsAnew() {
    observe(0, 2 * DAY_MS);
    forecast.observe(30 * DAY_MS, 10);
    assertThat(forecast.upper(HOUR_MS, 0.95)).isEmpty();
  }
}
