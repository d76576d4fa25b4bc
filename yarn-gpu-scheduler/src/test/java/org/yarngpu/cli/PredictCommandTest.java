package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ObjectArrays;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PredictCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;
  private String trace;

  @BeforeEach
  void writeTrace() throws IOException {
    trace =
        Files.writeString(
                folder.resolve("small.csv"),
                """
                job_id,submit_s,duration_s,gpus,user,group
                1,0,100,2,ann,bert-1
                2,200,100,2,ann,bert-1
                3,400,110,2,ann,bert-1
                4,600,110,2,ann,bert-2
                """)
            .toString();
  }

  private int run(String... arguments) {
    return Main.run(
        () -> {
          throw new AssertionError("predict talks to no cluster");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments);
  }

  @Test
  void whatSeedLearnedShowPrints() throws IOException {
    String history = folder.toUri() + "history";
    assertThat(run("predict", "seed", "--trace", trace, "--out", history)).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            Groups            8
            Learned           4 completions
            Ignored           0 completions
            Forecasts         used

            forecasts of late  count  within 2x  <= q50  <= q90  error / mean
            SEMI L1              1.0      100 %     0 %   100 %          0.09
            NOT L2               1.0      100 %     0 %   100 %          0.06
            NOT Lx               1.0      100 %   100 %   100 %          0.00
            NOT L9               1.0        0 %   100 %   100 %          2.00
            """);
    out.getBuffer().setLength(0);
    assertThat(
            run(
                "predict",
                "show",
                "--history",
                history,
                "--user",
                "ann",
                "--name",
                "bert-1",
                "--gpus",
                "2"))
        .isZero();
    assertThat(out.toString()).startsWith("Level             L1 RAW_NAME: runs of this user");
    assertThat(out.toString()).contains("\nRuns              3\nMedian            1.7 min\n");
    out.getBuffer().setLength(0);
    assertThat(run("predict", "show", "--history", history, "--json")).isZero();
    assertThat(new ObjectMapper().readTree(out.toString()).path("completions").asInt())
        .isEqualTo(4);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void seedKeepsWhoAnApplicationOfYarnWas() throws IOException {
    String answer =
        Files.writeString(
                folder.resolve("answer.json"),
                """
                {"apps":{"app":[{"id":"application_1_1","user":"ann","name":"Bert 7",
                "queue":"root.research","state":"FINISHED","finalStatus":"SUCCEEDED",
                "startedTime":1000,"launchTime":1000,"finishedTime":1101000,
                "applicationTags":"gpu.gang=2,gpu.gang.gpus=4,gpu.job=Nightly,gpu.runtime=1h",
                "resourceSecondsMap":{"entry":{"key":"yarn.io/gpu","value":"8000"}}}]}}
                """)
            .toString();
    String history = folder.toUri() + "history";
    assertThat(run("predict", "seed", "--from", answer, "--out", history)).isZero();
    assertLevel(history, "L0", "--user", "ann", "--job", "NIGHTLY", "--gpus", "8");
    assertLevel(history, "L1", "--user", "ann", "--name", "bert 7", "--gpus", "8");
    assertLevel(history, "L2", "--user", "ann", "--name", "bert 9", "--gpus", "8");
    assertLevel(history, "L4", "--user", "bob", "--name", "bert 9", "--gpus", "8");
    assertLevel(history, "Le", "--user", "ann", "--runtime", "2h");
    assertLevel(history, "L7", "--queue", "root.research");
    assertLevel(history, "L8", "--queue", "root.other");
  }

  private void assertLevel(String history, String level, String... job) throws IOException {
    out.getBuffer().setLength(0);
    String[] arguments =
        ObjectArrays.concat(
            new String[] {"predict", "show", "--json", "--history", history}, job, String.class);
    assertThat(run(arguments)).isZero();
    assertThat(new ObjectMapper().readTree(out.toString()).path("key").asText()).isEqualTo(level);
  }

  @Test
  void aHistoryIsReplacedOnlyWhenToldTo() {
    String history = folder.toUri() + "history";
    assertThat(run("predict", "show", "--history", history)).isEqualTo(1);
    assertThat(run("predict", "seed", "--trace", trace, "--out", history)).isZero();
    assertThat(run("predict", "seed", "--trace", trace, "--out", history)).isEqualTo(2);
    assertThat(err.toString()).contains("has a history. Maybe replace it: --replace");
    assertThat(run("predict", "seed", "--trace", trace, "--out", history, "--replace")).isZero();
    assertThat(folder.resolve("history").toFile().list()).hasSize(1);
  }

  @Test
  void wrongUsageOrInputEndsWith2() {
    assertThat(run("predict", "seed", "--out", "x")).isEqualTo(2);
    assertThat(run("predict", "show", "--history", "a:b")).isEqualTo(2);
    assertThat(run("predict", "show")).isEqualTo(2);
    assertThat(run("predict")).isEqualTo(2);
    assertThat(run("predict", "evaluate")).isEqualTo(2);
    assertThat(run("predict", "evaluate", "--trace", folder + "/none.csv")).isEqualTo(2);
    assertThat(run("predict", "evaluate", "--trace", trace, "--groups", "words")).isEqualTo(2);
  }
}
