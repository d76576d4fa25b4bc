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

class EvaluateRuntimeCommandTest {
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
          throw new AssertionError("evaluate talks to no cluster");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        arguments);
  }

  @Test
  void thePredictorsStandBesideEachOtherAndByClassAndLevel() {
    assertThat(run("evaluate", "runtime", "--trace", trace, "--groups", "name")).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            small: each job predicted when it was submitted; groups are read as name
            forecasts were switched off for 0 % of the jobs, which are then of class PREDICTABLE or NOT

            predictor     jobs  within 2x  within 25 %  <= q90  pinball q90  ours 2x, same jobs
            ours             4       75 %         75 %   100 %      2.0 min                75 %
            qssf             4       75 %         75 %    50 %       22.3 s                75 %
            last-two         4       75 %         75 %    50 %       22.4 s                75 %
            group-median     4       75 %         75 %    50 %       22.3 s                75 %

            by class of ours   jobs  within 2x  within 25 %  <= q90  pinball q90
            SEMI ours             1      100 %        100 %   100 %        4.5 s
            NOT ours              3       67 %         67 %   100 %      2.6 min
            SEMI qssf             1      100 %        100 %     0 %        9.0 s
            NOT qssf              3       67 %         67 %    67 %       26.8 s
            SEMI last-two         1      100 %        100 %     0 %        9.0 s
            NOT last-two          3       67 %         67 %    67 %       26.9 s
            SEMI group-median     1      100 %        100 %     0 %        9.0 s
            NOT group-median      3       67 %         67 %    67 %       26.7 s

            ours by level     jobs  within 2x  within 25 %  <= q90  pinball q90
            L1 RAW_NAME          1      100 %        100 %   100 %        4.5 s
            L2 NAME_AND_GPUS     1      100 %        100 %   100 %        3.9 s
            Lx ONE_RUN           1      100 %        100 %   100 %       39.5 s
            L9 NOTHING           1        0 %          0 %   100 %      7.2 min

            within 2x, within 25 %: ran between 1 / 2 and 2, or 1 / 1.25 and 1.25, times what was predicted. <= q90: ran at most
            the predicted 0.9 quantile, 90 % if it is right. pinball q90: mean loss of that quantile; less is better.
            """);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void withJsonStandardOutputIsOneObject() throws IOException {
    assertThat(run("evaluate", "runtime", "--trace", trace, "--json")).isZero();
    JsonNode node = new ObjectMapper().readTree(out.toString());
    assertThat(node.fieldNames()).toIterable().containsExactly("predictors");
    assertThat(node.path("predictors").findValuesAsText("name"))
        .containsExactly("ours", "qssf", "last-two", "group-median");
    JsonNode ours = node.path("predictors").get(0);
    assertThat(ours.fieldNames())
        .toIterable()
        .startsWith("name", "jobs", "within_2x", "within_25pct", "coverage_q90", "pinball_q90");
    assertThat(ours.path("jobs").asInt()).isEqualTo(4);
    assertThat(ours.path("within_2x").asDouble()).isEqualTo(0.75);
    assertThat(ours.path("by_class").path("NOT").path("jobs").asInt()).isEqualTo(3);
  }

  @Test
  void wrongUsageOrInputEndsWith2() {
    assertThat(run("evaluate")).isEqualTo(2);
    assertThat(run("evaluate", "runtime")).isEqualTo(2);
    assertThat(run("evaluate", "runtime", "--trace", folder + "/none.csv")).isEqualTo(2);
    assertThat(run("evaluate", "runtime", "--trace", trace, "--groups", "words")).isEqualTo(2);
  }
}
