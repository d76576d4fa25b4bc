package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.yarngpu.client.JobStatus;
import org.yarngpu.client.JobStatus.Phase;

class ProgressLinesTest {

  private final ProgressLines lines = new ProgressLines();

  @Test
  void aReasonIsToldWithTheTimeSinceSubmission() {
    assertThat(lines.next(waiting("NOT_ENOUGH_FREE_GPUS: 8 of 12"), "", seconds(12)))
        .contains("[  12s] waiting: NOT_ENOUGH_FREE_GPUS: 8 of 12");
  }

  @Test
  void newNumbersOfOneReasonAreToldNowAndThen() {
    lines.next(waiting("NOT_ENOUGH_FREE_GPUS: 8"), "", seconds(0));
    assertThat(lines.next(waiting("NOT_ENOUGH_FREE_GPUS: 9"), "", seconds(29))).isEmpty();
    assertThat(lines.next(waiting("NOT_ENOUGH_FREE_GPUS: 9"), "", seconds(30))).isPresent();
  }

  @Test
  void aNewReasonIsToldAtOnce() {
    lines.next(waiting("NOT_ENOUGH_FREE_GPUS: 8"), "", seconds(0));
    assertThat(lines.next(waiting("HELD_BY_RESERVATION: 8"), "", seconds(1))).isPresent();
  }

  @Test
  void aStartIsToldOnceAndSoIsTheNextWait() {
    lines.next(waiting(""), "", seconds(0));
    assertThat(lines.next(running(), "on 3 nodes", seconds(2)))
        .contains("[   2s] running on 3 nodes");
    assertThat(lines.next(running(), "on 3 nodes", seconds(900))).isEmpty();
    assertThat(lines.next(waiting("FRAGMENTED: 8 free"), "", seconds(901)))
        .contains("[ 901s] waiting: FRAGMENTED: 8 free");
  }

  @Test
  void aJobWhoseMembersEndOneByOneDoesNotWait() {
    lines.next(running(), "on 3 nodes", seconds(2));
    assertThat(lines.next(waiting(""), "", seconds(9))).isEmpty();
  }

  @Test
  void aJobWhoseMembersHaveAllEndedRunsNowhere() {
    assertThat(lines.next(running(), "", seconds(2))).contains("[   2s] running");
  }

  @Test
  void theEndCarriesTheDiagnostics() {
    JobStatus failed =
        new JobStatus(Phase.FAILED, "EXIT_CODE=3: rank 2 on host a", "", OptionalInt.of(3));
    assertThat(ProgressLines.end(failed, seconds(5)))
        .isEqualTo("[   5s] failed: EXIT_CODE=3: rank 2 on host a");
  }

  private static JobStatus waiting(String detail) {
    return new JobStatus(Phase.WAITING, detail, "", OptionalInt.empty());
  }

  private static JobStatus running() {
    return new JobStatus(Phase.RUNNING, "", "", OptionalInt.empty());
  }

  private static Duration seconds(int count) {
    return Duration.ofSeconds(count);
  }
}
