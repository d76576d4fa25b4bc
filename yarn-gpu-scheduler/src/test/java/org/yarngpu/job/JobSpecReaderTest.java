package org.yarngpu.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobSpecReaderTest {

  private static final String FULL =
      """
      name: resnet
      queue: research
      workers: 8
      gpusPerWorker: 4
      vcores: 6
      memoryMib: 64g
      env:
        LR: "0.10"
      files: [train.py, "hdfs:///data/index#index"]
      archives: [lib.zip]
      priority: 5
      opportunistic: true
      checkpointInterval: 15m
      checkpointPath: "hdfs:///saved/resnet"
      runtime: 7200
      gangTimeout: 1d
      gpuTypes: [A100, v100]
      deadline: 6h
      maxRestarts: 0
      command: [python, train.py, "--epochs", "3"]
      """;

  @Test
  void aJobFileInYamlSaysEverythingAboutAJob() throws JobSpecException {
    assertThat(parse(FULL))
        .isEqualTo(
            new JobSpec(
                "resnet",
                "research",
                8,
                8,
                4,
                6,
                65_536,
                ImmutableMap.of("LR", "0.10"),
                ImmutableList.of("train.py", "hdfs:///data/index#index"),
                ImmutableList.of("lib.zip"),
                5,
                true,
                Optional.of(Duration.ofMinutes(15)),
                Optional.of("hdfs:///saved/resnet"),
                Optional.of(Duration.ofHours(2)),
                Optional.of(Duration.ofDays(1)),
                Optional.of(Duration.ofHours(6)),
                0,
                ImmutableList.of("a100", "v100"),
                ImmutableList.of("python", "train.py", "--epochs", "3")));
  }

  @Test
  void whatIsPrintedReadsBackAsTheSameJob() throws JobSpecException {
    assertThat(parse(JobSpecReader.print(parse(FULL)))).isEqualTo(parse(FULL));
  }

  @Test
  void nameWorkersAndCommandAreEnough() throws JobSpecException {
    JobSpec spec = parse("{\"name\": \"n\", \"workers\": 2, \"command\": [\"true\"]}");
    assertThat(spec.queue()).isEqualTo("default");
    assertThat(spec.gpusPerWorker()).isEqualTo(1);
    assertThat(spec.memoryMib()).isEqualTo(2048);
    assertThat(spec.maxRestarts()).isEqualTo(3);
    assertThat(spec.gangTimeout()).isEmpty();
  }

  @Test
  void theJobTellsTheSchedulerItsGang() throws JobSpecException {
    assertThat(Contract.properties(parse(FULL).declaration()))
        .containsEntry("GPU_GANG", "8")
        .containsEntry("GPU_GANG_GPUS", "4")
        .containsEntry("GPU_GANG_TIMEOUT", "86400")
        .containsEntry("GPU_CHECKPOINT", "900")
        .containsEntry("GPU_RUNTIME", "7200")
        .containsEntry("GPU_JOB", "resnet")
        .containsEntry("GPU_KIND", "training");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          gpus: 2              | job.yaml: field gpus is unknown. Maybe gpusPerWorker was meant.
          gpuPerWorker: 2      | job.yaml: field gpuPerWorker is unknown. Maybe gpusPerWorker was meant.
          Queue: a             | job.yaml: field Queue is unknown. Maybe queue was meant.
          gpusPerWorker: two   | job.yaml: field gpusPerWorker is "two" but must be a whole number from 1 to 1024.
          gpusPerWorker: 1.5   | job.yaml: field gpusPerWorker is 1.5 but must be a whole number from 1 to 1024.
          gpusPerWorker: {a: 1}| job.yaml: field gpusPerWorker is {"a":1} but must be a whole number from 1 to 1024.
          vcores: 0            | job.yaml: field vcores is 0 but must be a whole number from 1 to 100000.
          memoryMib: 4x        | job.yaml: field memoryMib is "4x" but must be a size of memory up to 1073741824 MiB, such as 4096 (MiB), 512m or 4g.
          runtime: soon        | job.yaml: field runtime is "soon" but must be a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d.
          env: {LR: 0.1}       | job.yaml: field env.LR is 0.1 but must be a text. Maybe put it in quotes.
          env: {a-b: x}        | job.yaml: field env.a-b must have the name of an environment variable: letters, digits and _.
          env: [a]             | job.yaml: field env is ["a"] but must be a map from names of variables to texts.
          files: [a, 1]        | job.yaml: field files[1] is 1 but must be a text. Maybe put it in quotes.
          files: a             | job.yaml: field files is "a" but must be a list of texts.
          queue: ""            | job.yaml: field queue is "" but must be a text that is not empty.
          """)
  void aWrongFieldIsRefusedWithItsPath(String line, String message) {
    assertThatThrownBy(() -> parse("name: n\nworkers: 2\ncommand: [x]\n" + line))
        .isInstanceOf(JobSpecException.class)
        .hasMessage(message);
  }

  @Test
  void anElasticJobTellsTheSchedulerBothItsWidths() throws JobSpecException {
    JobSpec spec = parse("name: n\nworkers: 2..8\ncommand: [x]");
    assertThat(spec.workers()).isEqualTo(2);
    assertThat(spec.workersMax()).isEqualTo(8);
    assertThat(Contract.properties(spec.declaration()))
        .containsEntry("GPU_GANG", "2")
        .containsEntry("GPU_GANG_MAX", "8");
    assertThat(parse(JobSpecReader.print(spec))).isEqualTo(spec);
    assertThatThrownBy(() -> parse("name: n\nworkers: 8..2\ncommand: [x]"))
        .hasMessage(
            "job.yaml: field workers is \"8..2\" but must be a whole number from 1 to 100000, or two"
                + " such as 2..8, the smaller first.");
  }

  @Test
  void aMissingFieldIsNamed() {
    assertThatThrownBy(() -> parse("name: n\ncommand: [x]"))
        .hasMessage(
            "job.yaml: field workers is missing; it must be a whole number from 1 to 100000, or two"
                + " such as 2..8, the smaller first.");
    assertThatThrownBy(() -> parse("name: n\nworkers: 1"))
        .hasMessage(
            "job.yaml: field command is missing; it must be a list with a program and its"
                + " arguments.");
  }

  @Test
  void whatIsNoYamlIsRefusedWithItsPlace() {
    assertThatThrownBy(() -> parse("name: [a")).hasMessageStartingWith("job.yaml: line 1, column");
    assertThatThrownBy(() -> parse("name: a\nname: b")).hasMessageStartingWith("job.yaml: line 2");
    assertThatThrownBy(() -> parse("")).hasMessageStartingWith("job.yaml: ");
    assertThatThrownBy(() -> parse("- a")).hasMessageContaining("must hold fields");
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> JobSpecReader.read(Path.of("no", "such.yaml")))
        .hasMessage("no/such.yaml: there is no such file.");
  }

  private static JobSpec parse(String text) throws JobSpecException {
    return JobSpecReader.parse(text, "job.yaml");
  }
}
