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

class TraceCommandTest {

  private static final String ROWS = "job_id,submit_s,duration_s,gpus\n1,0,3600,2\n2,1800,7200,4\n";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;
  private String trace;
  private String written;

  @BeforeEach
  void writeTrace() throws IOException {
    trace = Files.writeString(folder.resolve("small.csv"), ROWS).toString();
    written = folder.resolve("written.csv").toString();
  }

  private int run(String... arguments) {
    return Main.run(
        () -> {
          throw new AssertionError("no command of trace talks to a cluster this way");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments);
  }

  @Test
  void showPrintsFiguresOfATrace() {
    assertThat(run("trace", "show", trace, "--gpus", "20")).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            format            gpu
            Workload          small
            Jobs              2
            Submitted within  0.5 h
            GPU-hours         10.0
            Median run time   5400.0 s
            GPUs a job        2: 1, 4: 1
            Users             not named
            Groups            not named
            With an estimate  0
            Offered load      1.000 on 20 GPUs
            """);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void withJsonStandardOutputIsOneObject() throws IOException {
    assertThat(run("trace", "show", trace, "--json", "--gpus", "20")).isZero();
    JsonNode node = new ObjectMapper().readTree(out.toString());
    assertThat(node.path("format").asText()).isEqualTo("gpu");
    assertThat(node.path("jobs").asInt()).isEqualTo(2);
    assertThat(node.path("offeredLoad").asDouble()).isEqualTo(1.0);
    assertThat(node.path("sizes").path("4").asInt()).isEqualTo(1);
    assertThat(out.toString().lines()).hasSize(1);
  }

  @Test
  void malformedRowsEndACommandUnlessTheyAreSkipped() throws IOException {
    String half = Files.writeString(folder.resolve("half.csv"), ROWS + "3,0,,1\n").toString();
    assertThat(run("trace", "convert", half, "--out", written)).isEqualTo(2);
    assertThat(err.toString()).startsWith(half + ":4: job 3 has no duration\n1 of 3 rows are");
    assertThat(Path.of(written)).doesNotExist();
    assertThat(run("trace", "convert", half, "--out", written, "--skip-malformed", "--json"))
        .isZero();
    assertThat(err.toString()).endsWith("1 malformed rows are skipped.\n");
    JsonNode node = new ObjectMapper().readTree(out.toString());
    assertThat(node.path("malformed").asInt()).isEqualTo(1);
    assertThat(node.path("out").asText()).isEqualTo(written);
    assertThat(run("trace", "show", written)).isZero();
  }

  @Test
  void generateWritesTheSameBytesForTheSameSeed() throws IOException {
    String second = folder.resolve("second.csv").toString();
    assertThat(run("trace", "generate", "--jobs", "50", "--seed", "9", "--out", written)).isZero();
    assertThat(run("trace", "generate", "--jobs", "50", "--seed", "9", "--out", second)).isZero();
    assertThat(Files.readString(Path.of(second))).isEqualTo(Files.readString(Path.of(written)));
  }

  @Test
  void savedAnswersAreImported() throws IOException {
    String answer =
        Files.writeString(
                folder.resolve("answer.json"),
                """
                {"apps":{"app":[{"id":"application_1_1","state":"FINISHED","startedTime":1000,
                "launchTime":1000,"finishedTime":11000,
                "resourceSecondsMap":{"entry":{"key":"yarn.io/gpu","value":"20"}}}]}}
                """)
            .toString();
    assertThat(run("trace", "import", "--from", answer, "--out", written)).isZero();
    assertThat(Files.readString(Path.of(written))).contains("application_1_1,0,10,2,1,");
  }

  @Test
  void wrongUsageOrInputEndsWith2() {
    assertThat(run("trace")).isEqualTo(2);
    assertThat(run("trace", "show", folder + "/none.csv")).isEqualTo(2);
    assertThat(run("trace", "show", trace, "--format", "cvs")).isEqualTo(2);
    assertThat(run("trace", "import", "--out", written)).isEqualTo(2);
    assertThat(run("trace", "import", "--rm", "rm:1", "--out", written)).isEqualTo(2);
    assertThat(run("trace", "generate", "--recurring-share", "2", "--out", written)).isEqualTo(2);
    assertThat(err.toString().lines())
        .contains(
            "A command is missing: import, convert, generate or show.",
            folder + "/none.csv: there is no such file.",
            "\"rm:1\" is no web address, such as http://rm.example.org:8088.",
            "recurringShare (2.0) must lie in [0, 1]");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void whatFailsEndsWith1() {
    assertThat(run("trace", "convert", trace, "--out", folder + "/no/such/dir.csv")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(folder + "/no/such/dir.csv: there is no such directory.\n");
    assertThat(run("trace", "import", "--rm", "http://127.0.0.1:1", "--out", written)).isEqualTo(1);
  }
}
