package org.yarngpu.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class LoansTest {
  private static final GangId BORROWER = new GangId("b");
  private static final GangId OWNER = new GangId("o");
  private static final Placement START = new Placement(new GangId("w"), "", ImmutableList.of());
  private static final Loans LOANS =
      new Loans(
          ImmutableSortedMap.of(BORROWER, new Loans.Borrower(OptionalLong.empty())),
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedSet.of());

  private static Eviction of(GangId... victims) {
    return new Eviction(START, ImmutableSortedSet.copyOf(victims), OptionalLong.empty());
  }

  @Test
  void aRecallTakesFromBorrowersOnly() {
    assertThat(LOANS.isRecall(of(BORROWER))).isTrue();
    assertThat(LOANS.isRecall(of(OWNER))).isFalse();
    assertThat(LOANS.isRecall(of(BORROWER, OWNER))).isFalse();
  }

  /** Else surplus would be taken though preemption is off, or only observes. */
  @Test
  void whoShrinksAnElasticGangRecallsNothing() {
    ImmutableSortedMap<GangId, Eviction.Shrink> shrinks =
        ImmutableSortedMap.of(OWNER, new Eviction.Shrink(ImmutableList.of(), 2));
    assertThat(
            LOANS.isRecall(
                new Eviction(START, ImmutableSortedSet.of(), shrinks, OptionalLong.empty())))
        .isFalse();
  }
}
