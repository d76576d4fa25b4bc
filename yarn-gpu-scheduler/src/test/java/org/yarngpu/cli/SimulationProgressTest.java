package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class SimulationProgressTest {
  private final StringWriter err = new StringWriter();

  @Test
  void aLineSaysJobsVirtualTimeAndRate() {
    SimulationProgress progress =
        new SimulationProgress(new PrintWriter(err, true), true, "3/6 tiresias");
    assertThat(progress.line(250, 1_000, 86_400_000L * 3 / 2, 2_000))
        .isEqualTo(
            "3/6 tiresias             [######..................] 250 of 1000 jobs, day 1.5, 125 jobs/s");
  }

  @Test
  void aShortRunPrintsNothingWhereNobodyLooks() {
    SimulationProgress progress =
        new SimulationProgress(new PrintWriter(err, true), false, "1/1 fifo");
    progress.at(1, 1, 0);
    progress.end();
    assertThat(err.toString()).isEmpty();
  }
}
