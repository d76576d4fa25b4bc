package org.yarngpu.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

class SeededExtensionTest {
  @Seeded(runs = 3)
  void eachRunHasTheRandomnessOfItsSeed(SplittableRandom random, TestInfo run) {
    long seed = Long.parseLong(run.getDisplayName().substring("seed ".length()));
    assertThat(random.nextLong()).isEqualTo(new SplittableRandom(seed).nextLong());
  }

  @Test
  void aFailureEndsWithTheCommandThatReplaysIt() {
    AssertionError replay =
        SeededExtension.replay(getClass(), "someLaw", 7, new AssertionError("law broken"));
    assertThat(replay)
        .hasMessage(
            "law broken%nReplay: mvn test -Dtest=SeededExtensionTest#someLaw -Dseed=7".formatted());
  }
}
