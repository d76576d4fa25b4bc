package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import org.junit.jupiter.api.Test;

class LoanBookTest {
  private static final ImmutableSet<String> EXISTING = ImmutableSet.of("root", "root.a", "root.b");

  private final LoanBook loans = new LoanBook();

  private ImmutableList<String> unknown(String lender, String surplus) {
    return loans.unknown(ImmutableSortedSet.of(lender), ImmutableSortedSet.of(surplus), EXISTING);
  }

  @Test
  void aQueueThatDoesNotExistIsWarnedOfWhicheverKeyNamesItAndOnce() {
    assertThat(unknown("root.a", "root.b")).isEmpty();
    assertThat(unknown("root.a", "root.c"))
        .as("only the second key has changed")
        .containsExactly(
            "Queue root.c of yarn.scheduler.gpu.loan.surplus-queues does not exist, so it borrows"
                + " nothing. Queues are named by their whole path, such as root.inference");
    assertThat(unknown("root.a", "root.c")).isEmpty();
    assertThat(unknown("a", "root.c"))
        .satisfiesExactly(
            warning -> assertThat(warning).startsWith("Queue a of yarn.scheduler.gpu.loan.queues"),
            warning -> assertThat(warning).startsWith("Queue root.c of "));
    assertThat(unknown("root.a", "root.b")).isEmpty();
  }
}
