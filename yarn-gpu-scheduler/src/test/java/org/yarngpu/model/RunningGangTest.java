package org.yarngpu.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RunningGangTest {
  private static double widthSpeed(int members, Optional<Elastic> elastic) {
    Placement.Member member =
        new Placement.Member(new AskKey(0, 0), new Resources(0, 0, 1), new NodeId("n1"));
    return new RunningGang(
            new GangId("a"),
            ImmutableList.copyOf(Collections.nCopies(members, member)),
            0,
            Optional.empty(),
            elastic)
        .widthSpeed();
  }

  @Test
  void anElasticGangIsAsFastAsItsWidth() {
    assertThat(widthSpeed(2, Optional.of(new Elastic(2, 2, 8, 0)))).isEqualTo(1);
    assertThat(widthSpeed(8, Optional.of(new Elastic(8, 2, 8, 0)))).isEqualTo(Math.pow(4, 0.9));
    assertThat(widthSpeed(1, Optional.of(new Elastic(1, 2, 8, 0)))).as("broken").isEqualTo(1);
    assertThat(widthSpeed(8, Optional.empty())).isEqualTo(1);
  }
}
