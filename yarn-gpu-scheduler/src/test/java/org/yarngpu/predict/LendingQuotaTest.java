package org.yarngpu.predict;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;

class LendingQuotaTest {
  private static final long TEN_MINUTES_MS = 600_000;
  private static final ImmutableSortedSet<String> LENDERS = ImmutableSortedSet.of("root.serve");

  private static ClusterSnapshot snapshot(long nowMs, int owned, int used) {
    Resources total = new Resources(0, 0, 128);
    Node node = new Node(new NodeId("n"), "n", "/r", "", total, total, true);
    Queue.Share share =
        new Queue.Share(new Resources(0, 0, owned), total, new Resources(0, 0, used));
    return new ClusterSnapshot(
        nowMs,
        true,
        ImmutableSortedMap.of(node.id(), node),
        ImmutableMap.of(
            "root.serve", new Queue("root.serve", "root", 0, ImmutableMap.of("", share))),
        ImmutableList.of(),
        ImmutableSortedMap.of());
  }

  private static int lendable(LendingQuota quota, ClusterSnapshot snapshot) {
    return loans(quota, snapshot).lendable("");
  }

  private static Loans loans(LendingQuota quota, ClusterSnapshot snapshot) {
    return quota.loans(
        snapshot,
        LENDERS,
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        ImmutableSortedSet.of());
  }

  @Test
  void beforeADayWasSeenAFifthIsKept() {
    assertThat(lendable(LendingQuota.byForecast(), snapshot(0, 100, 30))).isEqualTo(50);
    assertThat(loans(LendingQuota.byForecast(), snapshot(0, 100, 30)).lendableInAll(""))
        .isEqualTo(70);
    assertThat(lendable(LendingQuota.idleNow(), snapshot(0, 100, 30))).isEqualTo(70);
  }

  @Test
  void nobodyLendsMoreThanThereIs() {
    assertThat(lendable(LendingQuota.idleNow(), snapshot(0, 200, 30))).isEqualTo(98);
    assertThat(lendable(LendingQuota.idleNow(), snapshot(0, 100, 130))).isZero();
    assertThat(
            LendingQuota.idleNow()
                .loans(
                    snapshot(0, 100, 30),
                    ImmutableSortedSet.of("root.other"),
                    ImmutableSortedMap.of(),
                    ImmutableSortedMap.of(),
                    ImmutableSortedSet.of())
                .lendableInAll(""))
        .isZero();
  }

  @Test
  void aConstantDemandIsKeptWithTwoPercent() {
    LendingQuota quota = LendingQuota.byForecast();
    int lendable = -1;
    for (long bin = 0; bin < 200; bin++) {
      lendable = lendable(quota, snapshot(bin * TEN_MINUTES_MS, 100, 30));
    }
    assertThat(lendable).isEqualTo(68);
  }

  @Test
  void whatTheMorningWantsIsKeptTenMinutesBefore() {
    LendingQuota quota = LendingQuota.byForecast();
    int lendable = -1;
    for (long bin = 0; bin < 7 * 144 + 144; bin++) {
      lendable = lendable(quota, snapshot(bin * TEN_MINUTES_MS, 100, bin % 144 < 72 ? 80 : 20));
    }
    assertThat(lendable)
        .as("of 20 that are wanted now and 80 at this time of other days the mean is kept, and 2")
        .isEqualTo(48);
  }
}
