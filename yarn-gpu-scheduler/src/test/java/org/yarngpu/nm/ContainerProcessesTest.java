package org.yarngpu.nm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.yarngpu.testing.Eventually;

class ContainerProcessesTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final String container = "container_0_0000_01_" + ProcessHandle.current().pid();
  private final ContainerProcesses processes = new ContainerProcesses();

  private void start(String command) throws IOException {
    ProcessBuilder shell = new ProcessBuilder("setsid", "bash", "-c", command);
    shell.environment().put("CONTAINER_ID", container);
    shell.start();
  }

  @AfterEach
  void end() throws Exception {
    processes.signal("KILL", processes.of(container, 0));
  }

  @Test
  void childrenThatLeaveTheSessionAreFoundStoppedAndMoved() throws Exception {
    start("setsid sleep 600 & exec sleep 600");
    Eventually.await(
        LIMIT,
        () -> "the same two processes",
        () -> {
          ImmutableSet<Long> both = processes.of(container, 0);
          return both.size() == 2 && processes.byContainer().get(container).equals(both);
        });

    processes.signal("STOP", processes.of(container, 0));
    Eventually.await(LIMIT, () -> "both stop", () -> processes.moving(container, 0).isEmpty());
    assertThat(processes.of(container, 0)).hasSize(2);
    processes.signal("CONT", processes.of(container, 0));
    Eventually.await(LIMIT, () -> "both go on", () -> processes.moving(container, 0).size() == 2);
    processes.signal("KILL", processes.of(container, 0));
    Eventually.await(LIMIT, () -> "both are gone", () -> processes.of(container, 0).isEmpty());
  }

  @Test
  void whoChangesItsProgramIsNeverLost() throws Exception {
    start("again() { exec bash -c \"$(declare -f again); again\"; }; again");
    Eventually.await(LIMIT, () -> "a process", () -> !processes.of(container, 0).isEmpty());
    long first = Collections.min(processes.of(container, 0));
    for (int look = 0; look < 500; look++) {
      assertThat(processes.of(container, 0)).as("look %d", look).contains(first);
    }
  }

  @Test
  void whoShedsItsEnvironmentIsFoundByItsSession() throws Exception {
    start("env -i sleep 600 & exec sleep 600");
    Eventually.await(LIMIT, () -> "one process", () -> processes.of(container, 0).size() == 1);
    long first = processes.of(container, 0).asList().get(0);
    Eventually.await(
        LIMIT, () -> "two processes", () -> processes.of(container, first).size() == 2);
    processes.signal("KILL", processes.of(container, first));
    Eventually.await(LIMIT, () -> "both are gone", () -> processes.of(container, first).isEmpty());
  }
}
