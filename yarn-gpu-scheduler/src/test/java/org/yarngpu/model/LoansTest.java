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

  private static Eviction of(Placement.Member... shrunkBy) {
    return new Eviction(
        START,
        ImmutableSortedSet.of(),
        ImmutableSortedMap.of(OWNER, new Eviction.Shrink(ImmutableList.copyOf(shrunkBy), 2)),
        OptionalLong.empty());
  }

  /** Else surplus would be taken though preemption is off, or only observes. */
  @Test
  void ofAnElasticGangARecallTakesLentGpusOnly() {
    Placement.Member owned =
        new Placement.Member(new AskKey(0, 0), new Resources(1, 1, 1), new NodeId("n"));
    assertThat(LOANS.isRecall(of(owned.onLoan(), owned.onLoan()))).isTrue();
    assertThat(LOANS.isRecall(of(owned))).isFalse();
    assertThat(LOANS.isRecall(of(owned.onLoan(), owned))).isFalse();
  }

  @Test
  void whoSavesEveryQuarterOfAnHourSavesOften() {
    assertThat(new Loans.Borrower(OptionalLong.of(900_000)).savesOften()).isTrue();
    assertThat(new Loans.Borrower(OptionalLong.of(900_001)).savesOften()).isFalse();
    assertThat(new Loans.Borrower(OptionalLong.empty()).savesOften()).isFalse();
  }
}
