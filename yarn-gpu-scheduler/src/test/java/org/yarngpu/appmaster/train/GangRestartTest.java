package org.yarngpu.appmaster.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.junit.jupiter.api.Test;
import org.yarngpu.appmaster.MemberExit;
import org.yarngpu.appmaster.MemberExit.Cause;
import org.yarngpu.appmaster.train.GangRestart.State;

class GangRestartTest {

  @Test
  void aGangDoesNotStartBeforeItIsWhole() {
    GangRestart gang = new GangRestart(2, 2, 0);
    assertThat(gang.take(container(1))).isTrue();
    assertThat(gang.isWhole()).isFalse();
    assertThatThrownBy(gang::start).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void moreThanTheGangIsNotTaken() {
    GangRestart gang = running(0, 1, 2);
    assertThat(gang.take(container(3))).isFalse();
  }

  @Test
  void aContainerLostWhileWaitingLeavesAGap() {
    GangRestart gang = new GangRestart(2, 2, 0);
    gang.take(container(1));
    gang.exit(exit(1, ContainerExitStatus.ABORTED));
    assertThat(gang.state()).isEqualTo(State.WAITING);
    assertThat(gang.live()).isEmpty();
    assertThat(gang.restarts()).isZero();
  }

  @Test
  void onlyAGangThatRunsReportsProgress() {
    GangRestart gang = running(1, 1, 2);
    assertThat(gang.progress()).isPositive();
    gang.exit(exit(1, 3));
    assertThat(gang.progress()).isZero();
    gang.exit(exit(2, 143));
    assertThat(gang.progress()).isZero();
  }

  @Test
  void theJobSucceedsWhenAllMembersEndWithZero() {
    GangRestart gang = running(0, 1, 2);
    gang.exit(exit(1, 0));
    assertThat(gang.state()).isEqualTo(State.RUNNING);
    assertThat(gang.progress()).isEqualTo(0.5f);
    gang.exit(exit(2, 0));
    assertThat(gang.state()).isEqualTo(State.SUCCEEDED);
  }

  @Test
  void aFailedMemberStopsTheGangAndItIsAskedForAnewOnceAllAreGone() {
    GangRestart gang = running(1, 1, 2);
    gang.exit(exit(1, 3));
    assertThat(gang.state()).isEqualTo(State.STOPPING);
    assertThat(gang.live()).containsExactly(container(2));
    gang.exit(exit(2, 143));
    assertThat(gang.state()).isEqualTo(State.WAITING);
    assertThat(gang.restarts()).isEqualTo(1);
  }

  @Test
  void theFirstFailureIsKeptNotThoseOfMembersStoppedAfterIt() {
    GangRestart gang = running(0, 1, 2);
    gang.exit(exit(2, 3));
    gang.exit(exit(1, 143));
    assertThat(gang.state()).isEqualTo(State.FAILED);
    assertThat(gang.firstFailure()).contains(exit(2, 3));
    assertThat(gang.restarts()).isZero();
  }

  @Test
  void aMemberThatHasEndedWellIsStartedAgainWithTheGang() {
    GangRestart gang = running(1, 1, 2);
    gang.exit(exit(1, 0));
    gang.exit(exit(2, 3));
    assertThat(gang.state()).isEqualTo(State.WAITING);
    assertThat(gang.progress()).isZero();
  }

  @Test
  void restartsAreUsedUpByFailures() {
    GangRestart gang = running(1, 1);
    gang.exit(exit(1, 3));
    gang.take(container(2));
    gang.start();
    gang.exit(exit(2, 4));
    assertThat(gang.state()).isEqualTo(State.FAILED);
    assertThat(gang.restarts()).isEqualTo(1);
    assertThat(gang.firstFailure()).contains(exit(2, 4));
  }

  @Test
  void evictionsDoNotUseUpRestarts() {
    GangRestart gang = running(0, 1);
    gang.exit(new MemberExit(container(1), Cause.EVICTION, ContainerExitStatus.PREEMPTED, ""));
    assertThat(gang.state()).isEqualTo(State.WAITING);
    assertThat(gang.restarts()).isEqualTo(1);
  }

  @Test
  void theEndOfAStrangerChangesNothing() {
    GangRestart gang = running(0, 1);
    gang.exit(exit(9, 1));
    assertThat(gang.state()).isEqualTo(State.RUNNING);
  }

  @Test
  void anElasticGangStartsWithWhatItGotAboveItsMinimum() {
    GangRestart gang = elastic(1, 2);
    assertThat(gang.isWhole()).isTrue();
    assertThat(gang.isFull()).isFalse();
    gang.take(container(3));
    gang.start();
    assertThat(gang.width()).isEqualTo(3);
    gang.exit(exit(1, 0));
    assertThat(gang.progress()).isEqualTo(1 / 3f);
  }

  @Test
  void membersThatComeWhileItRunsStartItAnewWithoutUsingUpARestart() {
    GangRestart gang = elastic(1, 2);
    gang.start();
    assertThat(gang.join(container(3))).isTrue();
    assertThat(gang.join(container(4))).isTrue();
    assertThat(gang.join(container(5))).as("above its maximum").isFalse();
    gang.dropJoining();
    gang.widen();
    assertThat(gang.state()).isEqualTo(State.STOPPING);
    gang.exit(exit(1, 143));
    gang.exit(exit(2, 143));
    assertThat(gang.state()).isEqualTo(State.WAITING);
    assertThat(gang.restarts()).isEqualTo(1);
    assertThat(gang.firstFailure()).isEmpty();
  }

  @Test
  void aGangThatIsAboutToEndTakesNoMoreMembers() {
    GangRestart gang = elastic(1, 2);
    gang.start();
    gang.exit(exit(1, 0));
    assertThat(gang.join(container(3))).isFalse();
  }

  @Test
  void aContainerThatIsLostBeforeItJoinedIsForgotten() {
    GangRestart gang = elastic(1, 2);
    gang.start();
    gang.join(container(3));
    gang.exit(exit(3, ContainerExitStatus.ABORTED));
    assertThat(gang.joining()).isEmpty();
    assertThat(gang.state()).isEqualTo(State.RUNNING);
  }

  /** Of 2 to 4 members, not started. */
  private static GangRestart elastic(int... ids) {
    GangRestart gang = new GangRestart(2, 4, 0);
    for (int id : ids) {
      assertThat(gang.take(container(id))).isTrue();
    }
    return gang;
  }

  private static GangRestart running(int restartsMax, int... ids) {
    GangRestart gang = new GangRestart(ids.length, ids.length, restartsMax);
    for (int id : ids) {
      assertThat(gang.take(container(id))).isTrue();
    }
    gang.start();
    return gang;
  }

  private static MemberExit exit(int id, int code) {
    return new MemberExit(container(id), Cause.OWN, code, "");
  }

  private static ContainerId container(int id) {
    return ContainerId.newContainerId(
        ApplicationAttemptId.newInstance(ApplicationId.newInstance(1, 1), 1), id);
  }
}
