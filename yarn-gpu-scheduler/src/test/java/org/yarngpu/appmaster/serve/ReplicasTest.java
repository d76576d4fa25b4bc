package org.yarngpu.appmaster.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.junit.jupiter.api.Test;
import org.yarngpu.appmaster.MemberExit;
import org.yarngpu.appmaster.MemberExit.Cause;
import org.yarngpu.appmaster.serve.Replica.State;

/** The life of replicas, in virtual milliseconds. */
class ReplicasTest {
  private static final long START_TIMEOUT_MS = 600_000;
  private static final long DRAIN_MS = 30_000;

  private final Replicas replicas = new Replicas(2, 1, START_TIMEOUT_MS, DRAIN_MS);
  private long nowMs = 1_000_000;

  @Test
  void asksForWhatIsMissingAndTakesNoMore() {
    assertThat(replicas.asks(nowMs)).isEqualTo(2);
    start(1);
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
    start(2);
    assertThat(replicas.asks(nowMs)).isZero();
    assertThat(replicas.take(id(3), "host", 1, 2, nowMs)).isEmpty();
  }

  @Test
  void aReplicaServesOnceItIsHealthyAndAnswersOnceMoreAfterItDidNot() {
    start(1);
    replicas.probed(id(1), false, nowMs);
    assertThat(states()).containsExactly(State.STARTING);
    replicas.probed(id(1), true, nowMs);
    assertThat(states()).containsExactly(State.READY);
    for (int probe = 0; probe < Replicas.FAILED_PROBES_MAX - 1; probe++) {
      replicas.probed(id(1), false, nowMs);
    }
    assertThat(states()).containsExactly(State.READY);
    replicas.probed(id(1), false, nowMs);
    assertThat(states()).containsExactly(State.UNHEALTHY);
    replicas.probed(id(1), true, nowMs);
    assertThat(states()).containsExactly(State.READY);
  }

  @Test
  void aProbeNowAndThenThatFailsIsForgotten() {
    ready(1);
    for (int probe = 0; probe < 10; probe++) {
      replicas.probed(id(1), probe % Replicas.FAILED_PROBES_MAX == 0, nowMs);
    }
    assertThat(states()).containsExactly(State.READY);
  }

  @Test
  void whatDoesNotAnswerForLongIsStoppedAndReplaced() {
    ready(1);
    ready(2);
    for (int probe = 0; probe < Replicas.FAILED_PROBES_MAX; probe++) {
      replicas.probed(id(1), false, nowMs);
    }
    nowMs += Replicas.UNHEALTHY_MAX_MS - 1;
    assertThat(stops(false)).isEmpty();
    nowMs += 1;
    assertThat(stops(false)).containsExactly(1);
    nowMs += 1000;
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
  }

  @Test
  void theNewestDrainsAndEndsWhenItHasNoRequests() {
    ready(1);
    ready(2);
    replicas.want(1, nowMs);
    assertThat(states()).containsExactly(State.READY, State.DRAINING);
    nowMs += Replicas.LIST_READ_MS - 1;
    assertThat(stops(true)).isEmpty();
    nowMs += 1;
    assertThat(stops(false)).isEmpty();
    assertThat(stops(true)).containsExactly(2);
    assertThat(stops(true)).isEmpty();
    end(2, ContainerExitStatus.KILLED_BY_APPMASTER);
    assertThat(states()).containsExactly(State.READY);
    assertThat(replicas.asks(nowMs)).isZero();
  }

  @Test
  void theOneAloneOnItsNodeDrainsBeforeANewerOne() {
    replicas.want(3, nowMs);
    start(1, "alone");
    start(2, "shared");
    start(3, "shared");
    List.of(1, 2, 3).forEach(id -> replicas.probed(id(id), true, nowMs));
    replicas.want(2, nowMs);
    assertThat(states()).containsExactly(State.DRAINING, State.READY, State.READY);
  }

  @Test
  void whatStillHasRequestsEndsAfterTheDrainTime() {
    ready(1);
    ready(2);
    replicas.want(1, nowMs);
    nowMs += DRAIN_MS - 1;
    assertThat(stops(false)).isEmpty();
    nowMs += 1;
    assertThat(stops(false)).containsExactly(2);
  }

  @Test
  void whatDrainsServesAgainWhenItIsWanted() {
    ready(1);
    ready(2);
    replicas.want(1, nowMs);
    nowMs += 5000;
    replicas.want(2, nowMs);
    assertThat(states()).containsExactly(State.READY, State.READY);
    assertThat(replicas.asks(nowMs)).isZero();
  }

  @Test
  void whatNeverServedEndsAtOnceAndBeforeWhatServes() {
    ready(1);
    start(2);
    replicas.want(1, nowMs);
    assertThat(stops(false)).containsExactly(2);
    assertThat(states()).containsExactly(State.READY, State.STOPPING);
  }

  @Test
  void aReplicaOnNoticeDrainsAndAnotherIsAskedForAtOnce() {
    ready(1);
    ready(2);
    replicas.noticed(id(1), nowMs);
    assertThat(states()).containsExactly(State.DRAINING, State.READY);
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
    replicas.want(2, nowMs);
    assertThat(states()).containsExactly(State.DRAINING, State.READY);
  }

  @Test
  void whoEndsIsReplacedLaterEachTime() {
    start(1);
    end(1, 1);
    assertThat(replicas.asks(nowMs + 999)).isZero();
    assertThat(replicas.asks(nowMs + 1000)).isEqualTo(2);
    start(2);
    end(2, 1);
    assertThat(replicas.asks(nowMs + 1999)).isZero();
    assertThat(replicas.asks(nowMs + 2000)).isEqualTo(2);
  }

  @Test
  void fiveFailuresInARowAreTheEndUnlessSomethingServes() {
    ready(1);
    for (int id = 2; id < 2 + Replicas.FAILURES_MAX; id++) {
      start(id);
      end(id, 7);
    }
    assertThat(replicas.givenUp()).isEmpty();
    end(1, 7);
    assertThat(replicas.givenUp()).contains("6 replicas in a row did not come to serve; 1 ended");
  }

  @Test
  void whatServedForAMinuteForgivesEarlierFailures() {
    for (int id = 1; id < Replicas.FAILURES_MAX; id++) {
      start(id);
      end(id, 7);
    }
    ready(10);
    nowMs += Replicas.SETTLED_MS;
    stops(false);
    end(10, 7);
    assertThat(replicas.givenUp()).isEmpty();
    assertThat(replicas.asks(nowMs + 1000)).isEqualTo(2);
  }

  @Test
  void evictionsAndLostNodesAreNoFailures() {
    start(1);
    replicas.exit(
        new MemberExit(id(1), Cause.EVICTION, ContainerExitStatus.PREEMPTED, ""), "1", nowMs);
    start(2);
    end(2, ContainerExitStatus.ABORTED);
    assertThat(replicas.asks(nowMs)).isEqualTo(2);
  }

  @Test
  void whatDoesNotStartInTimeIsStoppedAndAFailure() {
    start(1);
    nowMs += START_TIMEOUT_MS;
    assertThat(stops(false)).containsExactly(1);
    assertThat(replicas.asks(nowMs)).isZero();
    assertThat(replicas.asks(nowMs + 1000)).isEqualTo(2);
  }

  @Test
  void theStartDelayIsTheLongestOfTheLastFive() {
    assertThat(replicas.startDelayMs()).isEqualTo(60_000);
    start(1);
    nowMs += 9000;
    replicas.probed(id(1), true, nowMs);
    assertThat(replicas.startDelayMs()).isEqualTo(9000);
    for (int id = 2; id < 7; id++) {
      replicas.want(id, nowMs);
      ready(id);
    }
    assertThat(replicas.startDelayMs()).isZero();
  }

  @Test
  void aRollChangesOneAfterTheOtherWhileAsManyServeAsAreWanted() {
    ready(1);
    ready(2);
    replicas.release(2, nowMs);
    assertThat(stops(false)).isEmpty();
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
    start(3);
    assertThat(replicas.take(id(9), "host", 1, 2, nowMs)).isEmpty();
    assertThat(stops(false)).isEmpty();
    assertThat(serving()).containsExactly(1, 1);
    replicas.probed(id(3), true, nowMs);
    assertThat(stops(false)).isEmpty();
    assertThat(states()).containsExactly(State.READY, State.DRAINING, State.READY);
    assertThat(serving()).containsExactly(1, 2);
    assertThat(replicas.rollNews(nowMs)).isEmpty();
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
    start(4);
    assertThat(serving()).containsExactly(1, 2);
    replicas.probed(id(4), true, nowMs);
    stops(false);
    assertThat(serving()).containsExactly(2, 2);
    assertThat(replicas.asks(nowMs)).isZero();
    assertThat(replicas.rollNews(nowMs)).contains("release 2 runs everywhere");
    assertThat(replicas.rollNews(nowMs)).isEmpty();
  }

  @Test
  void whatDoesNotServeMakesPlaceInARollBeforeWhatServes() {
    ready(1);
    ready(2);
    for (int probe = 0; probe < Replicas.FAILED_PROBES_MAX; probe++) {
      replicas.probed(id(1), false, nowMs);
    }
    replicas.release(2, nowMs);
    ready(3);
    stops(false);
    assertThat(states()).containsExactly(State.DRAINING, State.READY, State.READY);
  }

  @Test
  void whatServesIsKeptInARollThoughItRunsAnotherRelease() {
    ready(1);
    ready(2);
    replicas.release(2, nowMs);
    ready(3);
    for (int probe = 0; probe < Replicas.FAILED_PROBES_MAX; probe++) {
      replicas.probed(id(3), false, nowMs);
    }
    stops(false);
    assertThat(states()).containsExactly(State.READY, State.READY, State.DRAINING);
  }

  @Test
  void whatStartsWithAnotherReleaseIsStoppedAtOnce() {
    start(1);
    ready(2);
    replicas.release(2, nowMs);
    assertThat(stops(false)).containsExactly(1);
    assertThat(serving()).containsExactly(1);
    assertThat(replicas.asks(nowMs)).isEqualTo(2);
  }

  @Test
  void aReleaseThatFailsThreeTimesMakesPlaceForTheOneBefore() {
    ready(1);
    ready(2);
    replicas.release(2, nowMs);
    ready(3);
    stops(false);
    for (int id = 4; id < 6; id++) {
      start(id);
      end(id, 7);
      assertThat(replicas.rollNews(nowMs)).isEmpty();
    }
    start(6);
    end(6, 7);
    assertThat(replicas.rollNews(nowMs))
        .contains("release 2 is given up after 3 failures: 6 ended; back to release 1");
    assertThat(replicas.release()).isEqualTo(1);
    assertThat(serving()).containsExactly(1, 2);
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
    ready(7);
    stops(false);
    assertThat(serving()).containsExactly(1, 1);
    assertThat(replicas.asks(nowMs)).isZero();
    assertThat(replicas.rollNews(nowMs)).isEmpty();
    assertThat(replicas.givenUp()).isEmpty();
  }

  @Test
  void failuresOfTheReleaseBeforeDoNotEndARoll() {
    ready(1);
    ready(2);
    replicas.release(2, nowMs);
    start(3);
    end(1, 7);
    end(2, 7);
    end(3, 7);
    assertThat(replicas.rollNews(nowMs)).isEmpty();
    assertThat(replicas.release()).isEqualTo(2);
  }

  @Test
  void aRollUponARollGoesBackToTheLastThatRanEverywhere() {
    ready(1);
    ready(2);
    replicas.release(2, nowMs);
    ready(3);
    stops(false);
    start(4);
    end(4, 7);
    replicas.release(3, nowMs);
    for (int id = 5; id < 5 + Replicas.ROLL_FAILURES_MAX; id++) {
      assertThat(replicas.rollNews(nowMs)).isEmpty();
      start(id);
      end(id, 7);
    }
    assertThat(replicas.rollNews(nowMs))
        .contains("release 3 is given up after 3 failures: 7 ended; back to release 1");
    assertThat(replicas.release()).isEqualTo(1);
  }

  @Test
  void whileNoneIsWantedARollWaitsForTheFirstThatServes() {
    replicas.want(0, nowMs);
    replicas.release(2, nowMs);
    assertThat(replicas.asks(nowMs)).isZero();
    assertThat(replicas.rollNews(nowMs)).isEmpty();
    replicas.want(1, nowMs);
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
    ready(1);
    assertThat(serving()).containsExactly(2);
    assertThat(replicas.rollNews(nowMs)).contains("release 2 runs everywhere");
  }

  @Test
  void aReleaseThatFailsAfterTheServiceSleptMakesPlaceToo() {
    replicas.want(0, nowMs);
    replicas.release(2, nowMs);
    replicas.want(1, nowMs);
    for (int id = 1; id <= Replicas.ROLL_FAILURES_MAX; id++) {
      start(id);
      end(id, 7);
    }
    assertThat(replicas.rollNews(nowMs)).isPresent();
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
    ready(9);
    assertThat(serving()).containsExactly(1);
  }

  @Test
  void fewerAreWantedDuringARoll() {
    ready(1);
    ready(2);
    replicas.release(2, nowMs);
    start(3);
    replicas.want(1, nowMs);
    assertThat(stops(false)).isEmpty();
    assertThat(states()).containsExactly(State.READY, State.DRAINING, State.STARTING);
    replicas.probed(id(3), true, nowMs);
    stops(false);
    assertThat(states()).containsExactly(State.DRAINING, State.DRAINING, State.READY);
    assertThat(replicas.rollNews(nowMs)).contains("release 2 runs everywhere");
  }

  @Test
  void noneIsWantedAnyMoreDuringARoll() {
    ready(1);
    ready(2);
    replicas.release(2, nowMs);
    start(3);
    replicas.want(0, nowMs);
    assertThat(stops(false)).containsExactly(3);
    assertThat(states()).containsExactly(State.DRAINING, State.DRAINING, State.STOPPING);
    assertThat(replicas.asks(nowMs)).isZero();
  }

  @Test
  void whatDrainsIsTakenBackAndChangedLater() {
    ready(1);
    ready(2);
    replicas.want(1, nowMs);
    replicas.release(2, nowMs);
    ready(3);
    stops(false);
    assertThat(replicas.rollNews(nowMs)).contains("release 2 runs everywhere");
    replicas.want(2, nowMs);
    assertThat(serving()).contains(1, 2).hasSize(2);
    assertThat(replicas.asks(nowMs)).isEqualTo(1);
  }

  /** The releases of those that serve. */
  private List<Integer> serving() {
    return replicas.all().stream()
        .filter(replica -> replica.state() == State.READY)
        .map(Replica::release)
        .toList();
  }

  private void start(int id) {
    start(id, "host");
  }

  private void start(int id, String host) {
    assertThat(replicas.take(id(id), host, 20_000 + 2 * id, 20_001 + 2 * id, nowMs)).isPresent();
  }

  private void ready(int id) {
    start(id);
    replicas.probed(id(id), true, nowMs);
  }

  private void end(int id, int code) {
    replicas.exit(new MemberExit(id(id), Cause.OWN, code, ""), id + " ended", nowMs);
  }

  private List<Integer> stops(boolean idle) {
    return replicas.stops(replica -> idle, nowMs).stream()
        .map(replica -> (int) replica.id().getContainerId())
        .toList();
  }

  private List<State> states() {
    return replicas.all().stream().map(Replica::state).toList();
  }

  private static ContainerId id(int number) {
    return ContainerId.newContainerId(
        ApplicationAttemptId.newInstance(ApplicationId.newInstance(1, 1), 1), number);
  }
}
