package org.yarngpu.planner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Queue;
import org.yarngpu.model.Resources;
import org.yarngpu.testing.Picture;

class TierTest {
  /** Queue a is guaranteed four GPUs, of which it uses three. */
  private static ClusterSnapshot snapshot(Gang gang) {
    ClusterSnapshot plain = Picture.of("n1 x x x . . . . .").with(gang);
    Queue.Share share =
        new Queue.Share(
            new Resources(4000, 40, 4), new Resources(8000, 80, 8), new Resources(3000, 30, 3));
    return new ClusterSnapshot(
        plain.nowMs(),
        true,
        plain.nodes(),
        ImmutableMap.of("root.a", new Queue("root.a", "", 0, ImmutableMap.of("", share))),
        ImmutableList.of(gang),
        plain.reservations());
  }

  @Test
  void whoStaysWithinTheShareOfItsQueueIsGuaranteed() {
    Gang one = gang("g").members(1, 1).build();
    Gang two = gang("g").members(2, 1).build();
    assertThat(Tier.of(one, snapshot(one))).isEqualTo(Tier.GUARANTEED);
    assertThat(Tier.of(two, snapshot(two))).isEqualTo(Tier.BORROWED);
  }

  @Test
  void whoRunsOnLentGpusIsOpportunistic() {
    Gang one = gang("g").members(1, 1).build();
    Loans loans =
        new Loans(
            ImmutableSortedMap.of(one.id(), new Loans.Borrower(OptionalLong.empty())),
            ImmutableSortedMap.of(),
            ImmutableSortedMap.of(),
            ImmutableSortedMap.of(),
            ImmutableSortedSet.of());
    assertThat(Tier.of(one, snapshot(one).withLoans(loans))).isEqualTo(Tier.OPPORTUNISTIC);
  }
}
