package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluateLendingCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;
  private String trace;
  private String services;

  /** Two jobs of all that jobs own, and a service with a request in five seconds. */
  @BeforeEach
  void writeFiles() throws IOException {
    trace =
        file(
            "trace.csv",
            """
            job_id,submit_s,duration_s,gpus,gpus_per_worker,user,group,queue,status,gpu_type,requested_s
            a,0,3600,4,,,,x,,,
            b,0,3600,4,,,,y,,,
            """);
    file("load.csv", "timestamp_s,requests,interval_s\n0,17280,86400\n");
    services = services("1");
  }

  private String services(String rate) throws IOException {
    return file(
        "services.csv",
        """
        service,queue,gpus_per_replica,replicas_min,replicas_max,start_delay_s,load,service_rate,slo_ms
        chat,,1,1,8,60,load.csv,%s,1000
        """
            .formatted(rate));
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private int run(String... more) {
    List<String> arguments = new ArrayList<>(List.of("evaluate", "lending", "--trace", trace));
    arguments.addAll(List.of("--services", services, "--nodes", "3", "--gpus-per-node", "4"));
    arguments.addAll(List.of(more));
    return Main.run(
        () -> {
          throw new AssertionError("evaluate talks to no cluster");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments.toArray(new String[0]));
  }

  @Test
  void rulesAndDelaysStandBesideEachOther() {
    assertThat(run("--inference-gpus", "8", "--learn-days", "1", "--reclaim-delay-s", "5,60"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .startsWith(
            """
            trace: 2 jobs, 1 of which may borrow; jobs own 4 GPUs, services 8, on nodes of 4

            loans             reclaim  unfinished""")
        .containsPattern("\nnone +- +0 +1\\.5 h +1\\.0 h +2\\.0 h +1\\.00 +2\\.0 h +0\\.00 +0 +0\n")
        .containsPattern(
            "\nwithout fore.* +5 s +0 +1\\.0 h +1\\.0 h +1\\.0 h +1\\.50 .* 0\\.00 +4 +0\n")
        .containsPattern("\nwith forecast +60 s +0 ");
  }

  @Test
  void withJsonStandardOutputIsOneObject() throws IOException {
    assertThat(
            run("--inference-gpus", "8", "--learn-days", "0", "--reclaim-delay-s", "60", "--json"))
        .isZero();
    JsonNode node = new ObjectMapper().readTree(out.toString());
    assertThat(node.fieldNames()).toIterable().containsExactly("jobs", "borrowers", "outcomes");
    assertThat(node.path("outcomes").findValuesAsText("loans"))
        .containsExactly("none", "idle", "forecast");
    JsonNode idle = node.path("outcomes").get(1);
    assertThat(idle.path("gain").asDouble()).isEqualTo(1.5);
    assertThat(idle.path("harvested_gpu_h").asDouble()).isEqualTo(4);
    assertThat(idle.path("reclaim_delay_s").asDouble()).isEqualTo(60);
  }

  @Test
  void wrongOptionsAndFilesAreRefusedWithTheirValues() throws IOException {
    assertThat(run("--inference-gpus", "12")).isEqualTo(2);
    assertThat(run("--inference-gpus", "9")).isEqualTo(2);
    assertThat(run("--inference-gpus", "8", "--opportunistic", "1.5")).isEqualTo(2);
    assertThat(run("--inference-gpus", "8", "--reclaim-delay-s", "5,5")).isEqualTo(2);
    assertThat(run("--inference-gpus", "8", "--scaling", "magic")).isEqualTo(2);
    assertThat(run("--inference-gpus", "8", "--scaling", "static", "--learn-days", "0"))
        .isEqualTo(2);
    services = services("0");
    assertThat(run("--inference-gpus", "8")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "--inference-gpus is 12 but must be at least 1 and below the 12 of the cluster",
            "2 of 2 jobs could never run on the 3 GPUs of their queue, the first is a.",
            "--opportunistic is 1.5 but must be in [0, 1]",
            "--reclaim-delay-s is [5, 5] but must be different delays",
            "no policy is called \"magic\". Maybe one of: ours",
            "--learn-days is 0.0 but must be above 0 where static scales",
            "services.csv:2: serviceRate (0.0) must be positive");
  }
}
