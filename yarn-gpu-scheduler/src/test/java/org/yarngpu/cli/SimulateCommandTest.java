package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulateCommandTest {

  /** On four GPUs: b waits for a, and c overtakes it only where that is allowed. */
  private static final String ROWS =
      """
      job_id,submit_s,duration_s,gpus,gpus_per_worker,user,group,queue,status,gpu_type,requested_s
      a,0,100,2,,ann,,train,,,100
      b,10,100,4,,bob,,train,,,100
      c,20,50,2,,ann,,serve,,,50
      """;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;
  private String trace;

  @BeforeEach
  void writeTrace() throws IOException {
    trace = Files.writeString(folder.resolve("small.csv"), ROWS).toString();
  }

  private int simulate(String... more) {
    String[] arguments = new String[3 + more.length];
    arguments[0] = "simulate";
    arguments[1] = "--trace";
    arguments[2] = trace;
    System.arraycopy(more, 0, arguments, 3, more.length);
    return Main.run(
        () -> {
          throw new AssertionError("a simulation talks to no cluster");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments);
  }

  @Test
  void policiesStandSideBySide() throws IOException {
    assertThat(
            simulate("--nodes", "1", "--gpus-per-node", "4", "--policies", "fifo,easy", "--json"))
        .isZero();
    JsonNode runs = new ObjectMapper().readTree(out.toString()).path("runs");
    assertThat(runs).hasSize(2);
    assertThat(runs.get(0).path("policy").asText()).isEqualTo("fifo");
    // fifo: a 0-100, b 100-200, c 200-250; easy: c 20-70.
    assertThat(runs.get(0).path("wait_s").path("mean").asDouble()).isEqualTo((90 + 180) / 3.0);
    assertThat(runs.get(1).path("wait_s").path("mean").asDouble()).isEqualTo(90 / 3.0);
  }

  @Test
  void theFilesAreTheSameEachTimeButForTheWallTime() throws IOException {
    for (String name : new String[] {"one", "two"}) {
      assertThat(
              simulate(
                  "--nodes", "1", "--gpus-per-node", "4", "--out", folder.resolve(name).toString()))
          .isZero();
    }
    for (String file : new String[] {"summary.csv", "jobs.csv"}) {
      assertThat(folder.resolve("one").resolve(file))
          .hasSameBinaryContentAs(folder.resolve("two").resolve(file));
    }
    assertThat(folder.resolve("one/report.html")).isNotEmptyFile();
    assertThat(out.toString()).contains("tiresias", "srtf-oracle");
  }

  @Test
  void queuesComeFromTheAdminsFile() throws IOException {
    String queues =
        Files.writeString(
                folder.resolve("capacity-scheduler.xml"),
                """
                <configuration>
                  <property><name>yarn.scheduler.capacity.root.queues</name><value>train,serve</value></property>
                  <property><name>yarn.scheduler.capacity.root.train.capacity</name><value>75</value></property>
                  <property><name>yarn.scheduler.capacity.root.serve.capacity</name><value>25</value></property>
                  <property><name>yarn.scheduler.capacity.root.serve.maximum-capacity</name><value>25</value></property>
                </configuration>
                """)
            .toString();
    assertThat(simulate("--nodes", "1", "--gpus-per-node", "4", "--queues", queues)).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "1 of 3 jobs could never run", "is c (2 x 1 GPUs, queue serve)", "--drop-hopeless");
    assertThat(
            simulate("--nodes", "1", "--gpus-per-node", "4", "--queues", queues, "--drop-hopeless"))
        .isZero();
    assertThat(out.toString()).contains("2 jobs on 4 GPUs");
  }

  @Test
  void wrongUsageIsExplained() {
    assertThat(simulate("--nodes", "1", "--policies", "fifi")).isEqualTo(2);
    assertThat(err.toString()).contains("no policy \"fifi\"", "known: fifo, ");
    assertThat(simulate()).isEqualTo(2);
    assertThat(err.toString()).contains("--nodes", "--gpu-models");
    assertThat(simulate("--gpu-models", "v100")).isEqualTo(2);
    assertThat(err.toString()).contains("\"v100\" but must look like");
    assertThat(simulate("--nodes", "1", "--preemption-cost-s", "-1")).isEqualTo(2);
    trace = folder.resolve("missing.csv").toString();
    assertThat(simulate("--nodes", "1")).isNotZero();
    assertThat(err.toString()).contains("missing.csv");
  }
}
