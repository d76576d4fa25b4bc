package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

class GangIT {
  private static LocalYarn yarn;

  @BeforeAll
  static void start() {
    yarn =
        LocalYarn.of(3, 4)
            .scheduler(System.getProperty("scheduler", LocalYarn.GPU_SCHEDULER))
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
  }

  @Test
  void aGangThatFitsOnlyInPartGetsNothingAndThenAllInOneBeat() {
    TestAm holder = TestAm.on(yarn).register().ask(6).awaitHeld(6);
    TestAm gang = TestAm.on(yarn).gang(8).register().ask(8);
    gang.receivesNothingFor(Duration.ofSeconds(1));
    holder.release(holder.held().subList(0, 1).stream().map(c -> c.getId()).toList()).beat();
    gang.receivesNothingFor(Duration.ofSeconds(1));
    holder.release(holder.held().subList(0, 1).stream().map(c -> c.getId()).toList()).beat();
    gang.awaitHeld(8);
    assertThat(gang.deliveries()).containsExactly(8);
    yarn.assertBooksAreExact();
  }
}
