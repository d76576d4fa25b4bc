package org.yarngpu.policy.order;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Orders.LateTerms;
import org.yarngpu.testing.Picture;

class LatenessTest {
  private static final long HOUR_MS = 3_600_000;
  private static final long WEEK_MS = 168 * HOUR_MS;
  private static final Picture FOUR_GPUS = Picture.of("n1 . . . .");

  private final Lateness lateness = new Lateness();

  private static Lateness.Job job(double receivedGpuHours, double remainingGpuHours) {
    return new Lateness.Job("", receivedGpuHours * HOUR_MS, remainingGpuHours * HOUR_MS);
  }

  private void look(long nowMs, Lateness.Job... jobs) {
    lateness.look(at(FOUR_GPUS.with(), nowMs), List.of(jobs));
  }

  private LateTerms terms() {
    return requireNonNull(lateness.terms(1.25).get(""), "there are GPUs");
  }

  private static ClusterSnapshot at(ClusterSnapshot snapshot, long nowMs) {
    return new ClusterSnapshot(
        nowMs,
        snapshot.settled(),
        snapshot.nodes(),
        snapshot.queues(),
        snapshot.gangs(),
        snapshot.reservations());
  }

  /** 12 + 28 GPU hours are 10 hours of four GPUs, and a factor of 1.25 makes 12.5 of them. */
  @Test
  void theWaitIsThatOfWhatWaitsAndRunsOnAllGpus() {
    look(0, job(5, 12), job(0, 28));
    assertThat(terms().afterMs()).isEqualTo(12 * HOUR_MS + HOUR_MS / 2);
    assertThat(lateness.terms(1).get("").afterMs()).isEqualTo(10 * HOUR_MS);
  }

  @Test
  void theLongestWaitOfLateCountsAndHalvesInAWeek() {
    look(0, job(0, 80));
    look(WEEK_MS, job(0, 4));
    assertThat(lateness.terms(1).get("").afterMs()).isEqualTo(10 * HOUR_MS);
    look(WEEK_MS + HOUR_MS, job(0, 60));
    assertThat(lateness.terms(1).get("").afterMs()).isEqualTo(15 * HOUR_MS);
  }

  @Test
  void whereTheOrderOfSubmissionWouldTakeMoreThanAWeekNobodyIsLate() {
    look(0, job(0, 4 * 168));
    assertThat(lateness.terms(1).get("").afterMs()).isEqualTo(WEEK_MS);
    look(HOUR_MS, job(0, 4 * 168 + 1));
    assertThat(lateness.terms(1)).isEmpty();
    look(HOUR_MS + WEEK_MS, job(0, 4));
    assertThat(lateness.terms(1)).as("half of it a week later").isNotEmpty();
  }

  @Test
  void oneJobInAHundredIsTooLargeWhetherItHasEndedOrNot() {
    for (int ended = 1; ended <= 197; ended++) {
      lateness.ended(ended * (double) HOUR_MS);
    }
    look(0, job(150, 48), job(700, 200), job(800, 10), job(0, 1));
    // Of 201 sizes two are larger: 810 and 900.
    assertThat(terms().largestGpuMs()).isEqualTo(198 * HOUR_MS);
  }

  @Test
  void ofOneJobNoneIsTooLarge() {
    look(0, job(3, 4));
    assertThat(terms().largestGpuMs()).isEqualTo(7 * HOUR_MS);
  }

  @Test
  void onlyTheLast5000ThatEndedAreKnown() {
    Collections.nCopies(5000, 1000.0).forEach(lateness::ended);
    Collections.nCopies(5000, 10.0).forEach(lateness::ended);
    look(0);
    assertThat(terms().largestGpuMs()).isEqualTo(10);
  }

  @Test
  void whatAServiceHoldsIsNoGpuForJobs() {
    Picture picture = Picture.of("n1 s s s j\nn2@big . .\nn3 - - s s");
    ClusterSnapshot snapshot =
        picture
            .with()
            .withForecasts(
                picture.running(), ImmutableMap.of(new GangId("j"), new Forecast(1, 1, 1)));
    lateness.look(snapshot, List.of(job(0, 5), new Lateness.Job("big", 0, 4.0 * HOUR_MS)));
    assertThat(lateness.terms(1).get("").afterMs()).isEqualTo(5 * HOUR_MS);
    assertThat(lateness.terms(1).get("big").afterMs()).isEqualTo(2 * HOUR_MS);
  }

  @Test
  void whereServicesHoldAllGpusNobodyIsLate() {
    look(0, job(0, 40));
    Picture picture = Picture.of("n1 s s s s");
    lateness.look(
        picture.with().withForecasts(picture.running(), ImmutableMap.of()), List.of(job(0, 5)));
    assertThat(lateness.terms(1)).isEmpty();
  }

  @Test
  void atFactorZeroNobodyIs() {
    look(0, job(0, 40));
    assertThat(lateness.terms(0)).isEmpty();
    assertThat(lateness.terms(1)).isNotEmpty();
  }

  @Test
  void itIsLookedAtEachMinuteAndAtOnceAfterTheClockWasSetBack() {
    assertThat(lateness.isDue(0)).isTrue();
    look(10 * HOUR_MS, job(0, 40));
    assertThat(lateness.isDue(10 * HOUR_MS + 59_999)).isFalse();
    assertThat(lateness.isDue(10 * HOUR_MS + 60_000)).isTrue();
    assertThat(lateness.isDue(9 * HOUR_MS)).isTrue();
    look(9 * HOUR_MS, job(0, 4));
    assertThat(lateness.terms(1).get("").afterMs())
        .as("nothing is forgotten")
        .isEqualTo(10 * HOUR_MS);
  }

  @Test
  void absurdSizesDoNoHarm() {
    look(0, Stream.generate(() -> job(1e300, 1)).limit(10).toArray(Lateness.Job[]::new));
    assertThat(terms().largestGpuMs()).isGreaterThan(1e300);
    look(HOUR_MS, Stream.generate(() -> job(1e300, 1e300)).limit(10).toArray(Lateness.Job[]::new));
    assertThat(lateness.terms(1)).isEmpty();
  }
}
