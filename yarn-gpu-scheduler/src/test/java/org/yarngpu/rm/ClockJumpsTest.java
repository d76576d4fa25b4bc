package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Ticker;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ClockJumpsTest {
  private static final long HOUR_MS = 3_600_000;

  private long steadyMs;
  private final ClockJumps jumps =
      new ClockJumps(
          new Ticker() {
            @Override
            public long read() {
              return TimeUnit.MILLISECONDS.toNanos(steadyMs);
            }
          });

  @Test
  void timeThatPassesIsNoJump() {
    assertThat(jumps.since(10 * HOUR_MS)).as("the first look").isZero();
    steadyMs += 5 * HOUR_MS;
    assertThat(jumps.since(15 * HOUR_MS)).isZero();
    steadyMs += 1_000;
    assertThat(jumps.since(15 * HOUR_MS + 31_000)).as("30 s of drift").isZero();
    assertThat(jumps.since(15 * HOUR_MS + 1_000)).as("and back").isZero();
  }

  @Test
  void aJumpIsSeenOnceAndOnlyIt() {
    jumps.since(10 * HOUR_MS);
    steadyMs += 2_000;
    assertThat(jumps.since(11 * HOUR_MS + 2_000)).isEqualTo(HOUR_MS);
    steadyMs += 500;
    assertThat(jumps.since(11 * HOUR_MS + 2_500)).isZero();
    steadyMs += 500;
    assertThat(jumps.since(9 * HOUR_MS + 3_000)).isEqualTo(-2 * HOUR_MS);
    assertThat(jumps.since(9 * HOUR_MS + 3_000)).isZero();
  }
}
