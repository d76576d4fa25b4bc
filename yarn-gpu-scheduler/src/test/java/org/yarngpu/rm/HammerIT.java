package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Hammer;
import org.yarngpu.testing.LocalYarn;

/**
 * Progress and exact books under changes as fast as calls go through, with a scheduler of one
 * thread.
 */
class HammerIT {
  @Test
  void nothingHangsNoPartOfAGangArrivesAndTheBooksStayExact() {
    try (LocalYarn yarn =
        LocalYarn.of(3, 4)
            .synchronous()
            .with("yarn.resourcemanager.nodemanagers.heartbeat-interval-ms", "10")
            .with("yarn.scheduler.gpu.cycle.period-min-ms", "10")
            // Gangs larger than the cluster wait, in case further nodes register.
            .with("yarn.scheduler.gpu.admit.settle-ms", "3600000")
            .start()) {
      Duration time = Hammer.time();
      Hammer.Report report = new Hammer(yarn, 12).run(time, 1);
      System.out.println(Hammer.rate(report, time));
      assertThat(report.faults()).isEmpty();
      yarn.endAll();
    }
  }
}
