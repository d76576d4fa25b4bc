package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.testing.Golden;

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

  /** The files and the command that operating.md shows. */
  @Test
  void ordersOfQueuesComeFromTheAdminsSettings() throws IOException {
    String queues = snippet("capacity-scheduler.xml");
    String settings = snippet("gpu-scheduler.xml");
    trace =
        Files.writeString(
                folder.resolve("queues.csv"),
                """
                job_id,submit_s,duration_s,gpus,gpus_per_worker,user,group,queue,status,gpu_type,requested_s
                x,0,100,4,,ann,,research,,,100
                long,10,240,4,,ann,,research,,,240
                short,20,50,4,,ann,,research,,,50
                y,30000,100,4,,bob,,night,,,100
                late,30010,240,4,,bob,,night,,,240
                soon,30020,50,4,,bob,,night,,,50
                """)
            .toString();
    String[] command = {
      "--nodes",
      "1",
      "--gpus-per-node",
      "4",
      "--queues",
      queues,
      "--json",
      "--policies",
      "predicted-perfect"
    };
    assertThat(simulate(command)).isZero();
    // Shortest first: long and late wait for the short ones.
    assertThat(meanWait()).isEqualTo((140 + 80 + 140 + 80) / 6.0);
    String[] ordered = Arrays.copyOf(command, command.length + 2);
    ordered[command.length] = "--settings";
    ordered[command.length + 1] = settings;
    assertThat(simulate(ordered)).isZero();
    // In the order of submission in night.
    assertThat(meanWait()).isEqualTo((140 + 80 + 90 + 320) / 6.0);
    ordered[5] = Files.writeString(folder.resolve("other.xml"), OTHER_QUEUES).toString();
    assertThat(simulate(ordered)).isEqualTo(2);
    assertThat(err.toString())
        .contains("gpu-scheduler.xml: there is no queue root.night. Maybe --queues names the file");
  }

  private static final String OTHER_QUEUES =
      """
      <configuration>
        <property><name>yarn.scheduler.capacity.root.queues</name><value>research</value></property>
        <property><name>yarn.scheduler.capacity.root.research.capacity</name><value>100</value></property>
      </configuration>
      """;

  private double meanWait() throws IOException {
    JsonNode runs = new ObjectMapper().readTree(out.toString()).path("runs");
    out.getBuffer().setLength(0);
    return runs.get(0).path("wait_s").path("mean").asDouble();
  }

  /** The properties that operating.md shows under the name of a file, as that file. */
  private String snippet(String name) throws IOException {
    String page = Files.readString(Golden.REPOSITORY.resolve("docs/operating.md"));
    int from = page.indexOf("<!-- " + name + " -->");
    String properties = page.substring(from, page.indexOf("```", from));
    return Files.writeString(
            folder.resolve(name), "<configuration>\n" + properties + "</configuration>\n")
        .toString();
  }

  @Test
  void aShareOfTheJobsIsElastic() throws IOException {
    trace =
        Files.writeString(
                folder.resolve("alone.csv"),
                """
                job_id,submit_s,duration_s,gpus,gpus_per_worker,user,group,queue,status,gpu_type,requested_s
                x,0,100,2,,ann,,,,,100
                """)
            .toString();
    String[] cluster = {"--nodes", "1", "--gpus-per-node", "4", "--policies", "predicted"};
    assertThat(simulate(append(cluster, "--json"))).isZero();
    assertThat(jctMean()).isEqualTo(100);
    out.getBuffer().setLength(0);
    assertThat(simulate(append(cluster, "--json", "--elastic-share", "1"))).isZero();
    assertThat(jctMean()).isEqualTo(100 / Math.pow(2, 0.9), within(0.001));
    out.getBuffer().setLength(0);
    assertThat(
            simulate(
                append(
                    cluster,
                    "--json",
                    "--elastic-share",
                    "1",
                    "--elastic-max",
                    "1.5",
                    "--elastic-exponent",
                    "1")))
        .isZero();
    assertThat(jctMean()).isEqualTo(100 / 1.5, within(0.001));
  }

  private static String[] append(String[] first, String... rest) {
    return Stream.concat(Stream.of(first), Stream.of(rest)).toArray(String[]::new);
  }

  private double jctMean() throws IOException {
    return new ObjectMapper().readTree(out.toString()).at("/runs/0/jct_s/mean").asDouble();
  }

  @Test
  void whatCannotBeElasticIsExplained() {
    String[] cluster = {"--nodes", "1"};
    assertThat(simulate(append(cluster, "--elastic-share", "1.1"))).isEqualTo(2);
    assertThat(err.toString()).contains("--elastic-share must lie in [0, 1]");
    assertThat(simulate(append(cluster, "--elastic-min", "0"))).isEqualTo(2);
    assertThat(err.toString()).contains("--elastic-min must lie in (0, 1]");
    assertThat(simulate(append(cluster, "--elastic-max", "0.9"))).isEqualTo(2);
    assertThat(err.toString()).contains("--elastic-max must lie in [1, 1000]");
    assertThat(simulate(append(cluster, "--elastic-exponent", "1.2"))).isEqualTo(2);
    assertThat(err.toString()).contains("--elastic-exponent must lie in (0, 1]");
    assertThat(simulate(append(cluster, "--elastic-share", "1", "--host", "real"))).isEqualTo(2);
    assertThat(err.toString()).contains("Maybe leave it out, or take --host fast");
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
