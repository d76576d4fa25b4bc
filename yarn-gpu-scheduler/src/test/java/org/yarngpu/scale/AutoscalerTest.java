package org.yarngpu.scale;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.yarngpu.scale.Autoscaler.Wish;

/** One service under loads, in virtual milliseconds. Two requests a second and replica. */
class AutoscalerTest {
  private static final long START_MS = 1_700_000_000_000L;
  private static final double START_DELAY_SECONDS = 5;

  private final Autoscaler autoscaler =
      new Autoscaler(service(OptionalDouble.of(2), 5), START_MS, 2);
  private long nowMs = START_MS;
  private int replicas = 2;

  @Test
  void withoutALoadItKeepsWhatThereIs() {
    assertThat(decide()).isEqualTo(new Wish(2, "keeps 2: no load is known yet"));
    nowMs += 3_600_000;
    assertThat(decide()).isEqualTo(new Wish(2, "keeps 2: no load is known yet"));
  }

  @Test
  void growsAtOnceAndShrinksOnceTheWindowIsOver() {
    follow(0.5, 60);
    assertThat(replicas).isEqualTo(2);
    follow(7, 60);
    int grown = replicas;
    assertThat(grown).isGreaterThanOrEqualTo(4);
    follow(0.5, 240);
    assertThat(replicas).isEqualTo(grown);
    follow(0.5, 900);
    assertThat(replicas).isEqualTo(2);
  }

  @Test
  void aShorterWindowGivesReplicasBackAsSoonAsItSays() {
    Autoscaler hasty =
        new Autoscaler(
            new Autoscaler.Service(new ReplicaBounds(2, 8), 5, OptionalDouble.of(2), 1, 60_000, 5),
            START_MS,
            2);
    int left = 2;
    for (int second = 0; second <= 240; second += 5) {
      nowMs += 5000;
      hasty.read(Reading.ofArrivals(nowMs, second < 60 ? 7 : 0.5, left));
      left = hasty.decide(nowMs, left, START_DELAY_SECONDS).replicas();
      if (second == 55) {
        assertThat(left).isGreaterThanOrEqualTo(4);
      }
    }
    assertThat(left).isEqualTo(2);
  }

  @Test
  void withNoRequestForAWindowThereIsNoReplicaUntilItIsWoken() {
    Autoscaler sleepy = sleepy();
    int left = 1;
    for (int second = 5; second <= 60; second += 5) {
      nowMs += 5000;
      sleepy.read(Reading.ofArrivals(nowMs, second == 5 ? 1 : 0, left));
      Wish wish = sleepy.decide(nowMs, left, START_DELAY_SECONDS);
      left = wish.replicas();
      assertThat(left).isEqualTo(1);
    }
    nowMs += 5000;
    sleepy.read(Reading.ofArrivals(nowMs, 0, 1));
    assertThat(sleepy.decide(nowMs, 1, START_DELAY_SECONDS))
        .isEqualTo(new Wish(0, "shrinks from 1 to 0: no request for 60 s"));
    nowMs += 3_600_000;
    assertThat(sleepy.decide(nowMs, 0, START_DELAY_SECONDS).replicas()).isZero();
    sleepy.wake(nowMs);
    assertThat(sleepy.decide(nowMs, 0, START_DELAY_SECONDS))
        .isEqualTo(new Wish(1, "grows from 0 to 1: a request woke it"));
  }

  @Test
  void aRequestThatIsWorkedAtKeepsTheLastReplica() {
    Autoscaler sleepy = sleepy();
    nowMs += 120_000;
    sleepy.read(new Reading(nowMs, 0, 0, 1, 0, Double.NaN, Double.NaN, 1));
    assertThat(sleepy.decide(nowMs, 1, START_DELAY_SECONDS).replicas()).isEqualTo(1);
  }

  @Test
  void whatIsNotKnownKeepsTheLastReplica() {
    Autoscaler sleepy = sleepy();
    nowMs += 120_000;
    assertThat(sleepy.decide(nowMs, 1, START_DELAY_SECONDS).replicas()).isEqualTo(1);
    sleepy.read(Reading.ofArrivals(nowMs, 0, 1));
    nowMs += 61_000; // since then nobody answers
    assertThat(sleepy.decide(nowMs, 1, START_DELAY_SECONDS).replicas()).isEqualTo(1);
  }

  @Test
  void aLoadThatOthersTellOfWakesTheService() {
    Autoscaler sleepy = sleepy();
    nowMs += 120_000;
    sleepy.read(Reading.ofArrivals(nowMs, 0, 1));
    assertThat(sleepy.decide(nowMs, 0, START_DELAY_SECONDS).replicas()).isZero();
    nowMs += 5000;
    sleepy.read(Reading.ofArrivals(nowMs, 3, 1));
    assertThat(sleepy.decide(nowMs, 0, START_DELAY_SECONDS).replicas()).isPositive();
  }

  /** None at the least, one at the most idle, a window of a minute. */
  private static Autoscaler sleepy() {
    return new Autoscaler(
        new Autoscaler.Service(new ReplicaBounds(0, 8), 5, OptionalDouble.of(2), 1, 60_000, 5),
        START_MS,
        0);
  }

  @Test
  void saysWhy() {
    follow(0.5, 60);
    nowMs += 5000;
    autoscaler.read(Reading.ofArrivals(nowMs, 60, replicas));
    Wish wish = decide();
    assertThat(wish.replicas()).isEqualTo(8);
    assertThat(wish.why())
        .startsWith("grows from 2 to 8: ")
        .contains(" requests/s, ", "2.00 a replica");
  }

  @Test
  void aStaleLoadHolds() {
    follow(7, 60);
    int before = replicas;
    nowMs += 400_000;
    Wish wish = decide();
    assertThat(wish.replicas()).isEqualTo(before);
    assertThat(wish.why()).isEqualTo("keeps %s: the newest load is 400 s old".formatted(before));
  }

  @Test
  void anOldReadingIsNoNews() {
    follow(7, 60);
    long readMs = nowMs;
    nowMs += 70_000;
    autoscaler.read(Reading.ofArrivals(readMs, 0, replicas));
    assertThat(decide().why()).contains("70 s old");
  }

  @Test
  void aClockThatGoesBackStandsStill() {
    follow(7, 120);
    nowMs -= 3_600_000;
    assertThat(decide().replicas()).isEqualTo(replicas);
  }

  @Test
  void measuresWhatAReplicaServes() {
    Autoscaler measuring = new Autoscaler(service(OptionalDouble.empty(), 5), START_MS, 2);
    measuring.read(Reading.ofArrivals(nowMs + 1, 7, 2));
    assertThat(measuring.decide(nowMs + 1, 2, 5).why())
        .isEqualTo("keeps 2: what a replica serves is not known yet");
    measuring.read(new Reading(nowMs + 2, 7, 1, 0.5, 0, 0.5, Double.NaN, 2));
    assertThat(measuring.serviceRate()).isEqualTo(2);
    assertThat(measuring.decide(nowMs + 2, 2, 5).replicas()).isGreaterThan(2);
  }

  @Test
  void anObjectiveBelowTheServiceTimeIsSaid() {
    Autoscaler hopeless = new Autoscaler(service(OptionalDouble.of(2), 0.2), START_MS, 2);
    hopeless.read(Reading.ofArrivals(nowMs, 0.5, 2));
    assertThat(hopeless.decide(nowMs, 2, 5).why())
        .contains("one request takes 500 ms, which no number of replicas brings below 200 ms");
  }

  private void follow(double load, int seconds) {
    for (int second = 0; second < seconds; second += 5) {
      nowMs += 5000;
      autoscaler.read(Reading.ofArrivals(nowMs, load, replicas));
      replicas = decide().replicas();
    }
  }

  private Wish decide() {
    return autoscaler.decide(nowMs, replicas, START_DELAY_SECONDS);
  }

  private static Autoscaler.Service service(OptionalDouble rate, double sloSeconds) {
    return new Autoscaler.Service(new ReplicaBounds(2, 8), sloSeconds, rate, 1, 300_000, 5);
  }
}
