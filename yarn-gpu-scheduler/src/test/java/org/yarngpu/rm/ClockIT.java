package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.yarn.util.Clock;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** The ResourceManager's wall clock is set while gangs run and wait. One node of four GPUs. */
class ClockIT {
  private static final long HOUR_MS = 3_600_000;

  @Test
  void noTimeoutEndsAndNobodyStarvesWhenTheClockIsSet() {
    AtomicLong setByMs = new AtomicLong();
    Clock clock = () -> System.currentTimeMillis() + setByMs.get();
    try (LocalYarn yarn = LocalYarn.of(1, 4).start()) {
      yarn.scheduler().setClock(clock);
      TestAm holder = TestAm.on(yarn).name("holds").gang(4).register().ask(4).awaitHeld(4);
      TestAm waits =
          TestAm.on(yarn)
              .name("waits")
              .property("GPU_GANG_TIMEOUT", "600")
              .gang(4)
              .register()
              .ask(4);
      waits.awaitReason("NOT_ENOUGH_FREE_GPUS");
      for (long byMs : new long[] {HOUR_MS, -HOUR_MS, -2 * HOUR_MS}) {
        setByMs.set(byMs);
        waits.receivesNothingFor(Duration.ofSeconds(3));
        assertThat(waits.diagnostics()).as("set by %s", byMs).contains("NOT_ENOUGH_FREE_GPUS");
      }
      holder.finish();
      waits.awaitHeld(4);
      yarn.assertBooksAreExact();
      yarn.endAll();
    }
  }
}
