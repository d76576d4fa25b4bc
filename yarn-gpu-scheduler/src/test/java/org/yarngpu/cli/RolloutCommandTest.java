package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.Iterables;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --env A=b                            | The service is missing. Maybe put its id first: rollout application_1_0001
          job_1_0001 -- true                   | "job_1_0001" is no id of an application. Maybe application_1_0001 was meant, as serve printed it.
          -- bash -c true                      | "bash" is no id of an application. Maybe application_1_0001 was meant, as serve printed it.
          application_1_0001                   | The command is missing. Maybe put it at the end: -- bash -c 'exec server --port $PORT'
          application_1_0001 --env A=b --      | The command is missing. Maybe put it at the end: -- bash -c 'exec server --port $PORT'
          application_1_0001 --env A -- true   | --env is "A" but must be NAME=VALUE with a name of letters, digits and _.
          application_1_0001 true --file f     | Nothing tells where the command begins. Maybe put -- before it: -- true
          application_1_0001 --min 2 -- true   | Unknown option: '--min'
          """)
  void wrongUsageIsOneLineAndEndsWith2(String flags, String line) {
    assertThat(rollout(flags)).isEqualTo(2);
    assertThat(err.toString().lines()).first().isEqualTo(line);
  }

  @Test
  void helpShowsExamplesAndEndsWith0() {
    assertThat(rollout("--help")).isZero();
    assertThat(out.toString()).contains("Examples:", "A release is whole", "/endpoints");
  }

  private int rollout(String flags) {
    Iterable<String> words = Splitter.on(' ').omitEmptyStrings().split("rollout " + flags);
    return Main.run(
        () -> {
          throw new AssertionError("wrong usage must be found before the cluster is asked");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        Iterables.toArray(words, String.class));
  }
}
