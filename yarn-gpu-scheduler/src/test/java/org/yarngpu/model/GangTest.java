package org.yarngpu.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.yarngpu.testing.Gangs.gang;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class GangTest {
  @Test
  void theMinimumIsTheFirstMembersInTheOrderOfTheKeys() {
    Gang gang = gang("g").members(2, 1).members(4, 2).minimum(3).build();
    assertThat(gang.minimumAsks()).extracting(Ask::count).containsExactly(2, 1);
    assertThat(gang.minimumSize().gpus()).isEqualTo(4);
  }

  @Test
  void whatIsBeyondTheMinimumFollowsOneByOne() {
    Gang rest = gang("g").members(2, 1).members(4, 2).minimum(3).build().beyondMinimum().get();
    assertThat(rest.minimum()).isEqualTo(1);
    assertThat(rest.phase()).isEqualTo(Gang.Phase.GROWING);
    assertThat(rest.asks()).extracting(Ask::count).containsExactly(3);
    Optional<Gang> none = gang("g").members(2, 1).build().beyondMinimum();
    assertThat(none).isEmpty();
  }

  @Test
  void asksWithoutBoundDoNotOverflow() {
    Gang gang = gang("g").members(2_000_000_000, 1).members(2_000_000_000, 8).minimum(1).build();
    assertThat(gang.complete()).isTrue();
    Gang all = gang("g").members(1_000_000_000, 8).minimum(1_000_000_000).build();
    assertThat(all.minimumSize().gpus()).isEqualTo(Integer.MAX_VALUE);
  }
}
