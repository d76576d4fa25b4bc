package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.Iterables;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --workers 2 -- true                      | --name is missing; it must be a name of 1 to 100 printable characters.
          --name n -- true                         | --workers is missing; it must be a whole number from 1 to 100000, or two such as 2..8, the smaller first.
          --name n --workers two -- true           | --workers is "two" but must be a whole number from 1 to 100000, or two such as 2..8, the smaller first.
          --name n --workers 0 -- true             | --workers is "0" but must be a whole number from 1 to 100000, or two such as 2..8, the smaller first.
          --name n --workers 8..2 -- true          | --workers is "8..2" but must be a whole number from 1 to 100000, or two such as 2..8, the smaller first.
          --name n --workers 2..100001 -- true     | --workers is "2..100001" but must be a whole number from 1 to 100000, or two such as 2..8, the smaller first.
          --name n --workers 2 --gpus-per-worker 0 -- true | --gpus-per-worker is "0" but must be a whole number from 1 to 1024.
          --name n --workers 2 --memory much -- true | --memory is "much" but must be a size of memory up to 1073741824 MiB, such as 4096 (MiB), 512m or 4g.
          --name n --workers 2 --runtime soon -- true | --runtime is "soon" but must be a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d.
          --name n --workers 2 --deadline now -- true | --deadline is "now" but must be a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d.
          --name n --workers 2 --env A -- true     | --env is "A" but must be NAME=VALUE with a name of letters, digits and _.
          --name n --workers 2 --gpu-type a100++v100 -- true | --gpu-type is "a100++v100" but must be GPU models in order of preference with + between them, such as a100+v100.
          --name n --workers 2 --max-restarts -1 -- true | --max-restarts is "-1" but must be a whole number from 0 to 1000.
          --name n --workers 2 --checkpoint-path /x -- true | --checkpoint-path needs --checkpoint-interval.
          --name n --workers 2                     | The command is missing. Maybe put it at the end: -- python train.py
          --name n --wrokers 2 -- true             | Unknown option: '--wrokers'
          --job-file job.yaml --queue q            | --queue cannot be given together with --job-file, which says everything about the job.
          --job-file job.yaml -- true              | A command cannot be given together with --job-file, which says everything about the job.
          """)
  void wrongUsageIsOneLineAndEndsWith2(String flags, String line) {
    assertThat(train(flags)).isEqualTo(2);
    assertThat(err.toString().lines()).first().isEqualTo(line);
  }

  @Test
  void aJobFileThatIsNotThereEndsWith2() {
    assertThat(train("--job-file no/such.yaml")).isEqualTo(2);
    assertThat(err.toString()).isEqualTo("no/such.yaml: there is no such file.\n");
  }

  @Test
  void aMistypedFlagIsGuessed() {
    train("--name n --gpus-per-workers 2 -- true");
    assertThat(err.toString()).contains("Possible solutions: --gpus-per-worker");
  }

  @Test
  void withoutACommandTheUsageIsWrong() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).startsWith("A command is missing, such as train.");
  }

  @Test
  void helpShowsExamplesAndEndsWith0() {
    assertThat(train("--help")).isZero();
    assertThat(out.toString()).contains("Examples:", "--gpus-per-worker", "--job-file");
  }

  private int train(String flags) {
    Iterable<String> words = Splitter.on(' ').omitEmptyStrings().split("train " + flags);
    return run(Iterables.toArray(words, String.class));
  }

  private int run(String... arguments) {
    return Main.run(
        () -> {
          throw new AssertionError("wrong usage must be found before the cluster is asked");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments);
  }
}
