package org.yarngpu.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class JobStatusTest {

  @Test
  void theExitCodeIsThatOfTheFirstFailedMember() {
    assertThat(JobStatus.exitCode("EXIT_CODE=3: rank 2 on host a ended with exit code 3"))
        .isEqualTo(3);
  }

  @Test
  void aFailureWithoutAUsableExitCodeEndsWith1() {
    assertThat(JobStatus.exitCode("")).isEqualTo(1);
    assertThat(JobStatus.exitCode("EXIT_CODE=0: what")).isEqualTo(1);
    assertThat(JobStatus.exitCode("EXIT_CODE=999: what")).isEqualTo(1);
  }

  @Test
  void theDetailIsTheFirstLineWithoutYarnsClock() {
    assertThat(JobStatus.detail("\n[Tue Nov 24 09:36:30 +0000 2026] Waiting for AM\nmore"))
        .isEqualTo("Waiting for AM");
    assertThat(JobStatus.detail("Waiting for AM.  Details : AM Partition = <DEFAULT> ; more"))
        .isEqualTo("Waiting for AM.");
    assertThat(JobStatus.detail("")).isEmpty();
  }
}
