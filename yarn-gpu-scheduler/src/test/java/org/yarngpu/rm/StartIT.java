package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.common.base.Throwables;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.LocalYarn;

/** With which settings the ResourceManager refuses to start, and in which words. */
class StartIT {
  @Test
  void aValueOutOfRangeStopsTheStart() {
    assertThat(failure("yarn.scheduler.gpu.cycle.period-min-ms", "5"))
        .contains(
            "yarn.scheduler.gpu.cycle.period-min-ms is \"5\" but must be a whole number of"
                + " milliseconds in [10, 60000]");
  }

  @Test
  void anUnknownKeyStopsTheStartWithTheNearestKey() {
    assertThat(failure("yarn.scheduler.gpu.cycle.period-min", "50"))
        .contains("Unknown key yarn.scheduler.gpu.cycle.period-min.")
        .contains("Maybe yarn.scheduler.gpu.cycle.period-min-ms was meant");
  }

  @Test
  void aWrongQueueDefaultStopsTheStart() {
    assertThat(failure("yarn.scheduler.gpu.queue.root.a.gpu.gang", "none"))
        .contains("yarn.scheduler.gpu.queue.root.a")
        .contains("none");
  }

  @Test
  void opportunisticAllocationStopsTheStart() {
    assertThat(failure("yarn.resourcemanager.opportunistic-container-allocation.enabled", "true"))
        .contains("yarn.resourcemanager.opportunistic-container-allocation.enabled")
        .contains("must be false");
  }

  private static String failure(String key, String value) {
    Throwable failure =
        catchThrowable(
            () -> {
              try (LocalYarn yarn = LocalYarn.of(1, 4).with(key, value).start()) {
                throw new AssertionError("started " + yarn.nodes());
              }
            });
    return String.valueOf(Throwables.getRootCause(failure).getMessage());
  }
}
