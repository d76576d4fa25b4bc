package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.junit.jupiter.api.Test;
import org.yarngpu.job.Contract;
import org.yarngpu.job.DeclarationException;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;

class GangStateTest {
  private final GangState gang = gang();

  private static GangState gang() {
    try {
      return new GangState(
          ApplicationAttemptId.newInstance(ApplicationId.newInstance(1, 2), 3),
          Contract.read(
              ImmutableMap.of("GPU_GANG", "8", "GPU_GANG_TIMEOUT", "60"),
              ImmutableList.of(),
              ImmutableMap.of()),
          1_000,
          true,
          true);
    } catch (DeclarationException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theDeadlineCountsFromTheWait() {
    assertThat(gang.deadlineMs()).hasValue(61_000);
  }

  @Test
  void anEvictedGangWaitsAgainAsIfItHadNotStarted() {
    gang.start(5_000);
    gang.notice(ImmutableSet.of(ContainerId.newContainerId(gang.attempt, 7)));
    gang.evicted(3_605_000);
    assertThat(gang.started()).isFalse();
    assertThat(gang.noticed()).isEmpty();
    assertThat(gang.attainedBeforeMs()).isEqualTo(3_600_000);
    assertThat(gang.deadlineMs()).as("its timeout is not over").hasValue(3_665_000);
    gang.start(3_700_000);
    assertThat(gang.startedMs()).hasValue(3_700_000);
  }

  @Test
  void theWidthChangesOnceInAWhileButForAMomentAfterAChange() {
    assertThat(gang.growsFromMs(0, 1_000, 600_000)).as("it starts").isEqualTo(1_000);
    assertThat(gang.growsFromMs(8, 10_000, 600_000)).isEqualTo(10_000);
    assertThat(gang.growsFromMs(9, 12_000, 600_000)).as("the same change").isEqualTo(12_000);
    assertThat(gang.growsFromMs(9, 15_000, 600_000)).isEqualTo(610_000);
    assertThat(gang.growsFromMs(12, 700_000, 600_000)).as("the next one").isEqualTo(700_000);
    assertThat(gang.growsFromMs(12, 705_000, 600_000)).isEqualTo(1_300_000);
    assertThat(gang.growsFromMs(10, 706_000, 600_000)).as("it shrank").isEqualTo(706_000);
    assertThat(gang.growsFromMs(10, 711_000, 600_000)).isEqualTo(1_306_000);
  }

  @Test
  void aGangBelowItsMinimumMayGoOnForAWhile() {
    gang.noteMissing(2, 6);
    assertThat(gang.tooLongBelowMinimum(5_000, 10_000)).isEmpty();
    assertThat(gang.tooLongBelowMinimum(14_999, 10_000)).isEmpty();
    assertThat(gang.tooLongBelowMinimum(15_000, 10_000))
        .hasValueSatisfying(
            why -> {
              assertThat(why.reason()).isEqualTo(Reason.BELOW_MINIMUM);
              assertThat(why.detail())
                  .isEqualTo(
                      "the gang of 8 has had only 6 members for 10 s, 2 are lost, and the others"
                          + " idle");
            });
  }

  @Test
  void aHealedGangStartsItsClockAnew() {
    gang.noteMissing(2, 6);
    assertThat(gang.tooLongBelowMinimum(5_000, 10_000)).isEmpty();
    gang.noteMissing(0, 8);
    assertThat(gang.tooLongBelowMinimum(20_000, 10_000)).isEmpty();
    gang.noteMissing(1, 7);
    assertThat(gang.tooLongBelowMinimum(21_000, 10_000)).isEmpty();
  }

  @Test
  void noTimePassesWhenTheClockIsSet() {
    for (long byMs : new long[] {3_600_000, -3_600_000}) {
      GangState state = gang();
      long nowMs = 21_000 + byMs;
      state.noteMissing(2, 6);
      assertThat(state.tooLongBelowMinimum(11_000, 60_000)).isEmpty();
      state.start(11_000);
      state.saved(16_000);
      state.clockSet(byMs, nowMs);
      assertThat(nowMs - state.waitingSinceMs()).isEqualTo(20_000);
      assertThat(state.deadlineMs().getAsLong() - nowMs).isEqualTo(40_000);
      assertThat(nowMs - state.startedMs().getAsLong()).isEqualTo(10_000);
      assertThat(nowMs - state.savedMs(Long.MIN_VALUE, Long.MAX_VALUE).getAsLong())
          .isEqualTo(5_000);
      assertThat(state.tooLongBelowMinimum(nowMs, 10_001)).isEmpty();
      assertThat(state.tooLongBelowMinimum(nowMs, 10_000)).isPresent();
    }
  }

  @Test
  void nothingBeginsAfterNow() {
    GangState fresh = gang();
    fresh.start(5_000); // by the clock as it was set already
    fresh.clockSet(3_600_000, 6_000);
    assertThat(fresh.startedMs()).hasValue(6_000);
    assertThat(fresh.waitingSinceMs()).isEqualTo(6_000);
  }

  @Test
  void theHistoryHoldsChangesOfTheReasonOnly() {
    gang.explain(new Rejection(Reason.WAITING_FOR_ASKS, "0 of 8"), 1_000);
    gang.explain(new Rejection(Reason.WAITING_FOR_ASKS, "4 of 8"), 2_000);
    gang.explain(new Rejection(Reason.FRAGMENTED, "8 free"), 4_000);
    assertThat(gang.history()).isEqualTo("0 s WAITING_FOR_ASKS: 0 of 8. | 3 s FRAGMENTED: 8 free.");
  }

  @Test
  void anEndHappensOnce() {
    assertThat(gang.end()).isTrue();
    assertThat(gang.end()).isFalse();
  }

  @Test
  void aGangIsHopelessOnlyOnceItHasBeenForAWhile() {
    Rejection never = new Rejection(Reason.LARGER_THAN_CLUSTER, "x");
    assertThat(gang.isHopeless(never, 1_000, 2_000)).isFalse();
    assertThat(gang.isHopeless(never, 2_999, 2_000)).isFalse();
    assertThat(gang.isHopeless(new Rejection(Reason.FRAGMENTED, "x"), 2_999, 2_000)).isFalse();
    assertThat(gang.isHopeless(never, 3_100, 2_000)).isFalse();
    assertThat(gang.isHopeless(never, 5_100, 2_000)).isTrue();
  }
}
