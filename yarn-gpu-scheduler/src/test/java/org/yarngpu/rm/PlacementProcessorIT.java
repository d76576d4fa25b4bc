package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;
import org.yarngpu.testing.TestRequests;

/** SchedulingRequests, where YARN's placement processor chooses their nodes. */
class PlacementProcessorIT {
  @Test
  void itPlacesRequestsWithoutAGpuAndNoOthers() {
    try (LocalYarn yarn =
        LocalYarn.of(1, 4)
            .with("yarn.resourcemanager.placement-constraints.handler", "placement-processor")
            .start()) {
      TestAm plain = TestAm.on(yarn).register();
      plain.ask(TestRequests.schedulingRequest(7, TestAm.size(64, 1, 0))).awaitHeld(1);
      TestAm am = TestAm.on(yarn).register();
      am.ask(TestRequests.schedulingRequest(7, TestAm.size(64, 1, 1)));
      Eventually.await(
          Duration.ofSeconds(20),
          () -> "the request is refused; " + am.diagnostics(),
          () -> {
            am.beat();
            return !am.rejected().isEmpty();
          });
      assertThat(am.held()).isEmpty();
      am.awaitReason("UNSUPPORTED_ASK");
      assertThat(yarn.books().usedGpus()).isZero();
      yarn.endAll();
    }
  }
}
