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
  void evaluatePrintsHowFarForecastsWereOffByClassAndLevel() {
    assertThat(run("predict", "evaluate", "--trace", trace, "--groups", "name")).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            small: each job forecast when it was submitted; groups are read as name
            forecasts were switched off for 0 % of the jobs, which are of class NOT then

            forecasts         jobs  share  within 2x  |ln| p50  <= q50  <= q90  2x: last two  2x: mean
            all                  4  100 %       75 %      0.06    50 %   100 %          75 %      75 %
            SEMI                 1   25 %      100 %      0.10     0 %   100 %         100 %     100 %
            NOT                  3   75 %       67 %      0.06    67 %   100 %          67 %      67 %
            L1 RAW_NAME          1   25 %      100 %      0.10     0 %   100 %         100 %     100 %
            L2 NAME_AND_GPUS     1   25 %      100 %      0.06     0 %   100 %         100 %     100 %
            Lx ONE_RUN           1   25 %      100 %      0.00   100 %   100 %         100 %     100 %
            L9 NOTHING           1   25 %        0 %      1.10   100 %   100 %           0 %       0 %

            simpler rules  jobs  within 2x  |ln| p50  <= it
            last two          4       75 %      0.05   50 %
            mean              4       75 %      0.06   50 %

            within 2x: ran between half and twice the forecast. |ln| p50: median of |ln (run time / forecast)|. <= q50, <= q90:
            ran at most the forecast quantile, 50 % and 90 % if it is right. 2x: within 2x of a simpler rule, for the same jobs.
            """);
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void withJsonStandardOutputIsOneObject() throws IOException {
    assertThat(run("predict", "evaluate", "--trace", trace, "--json")).isZero();
    JsonNode node = new ObjectMapper().readTree(out.toString());
    assertThat(node.path("trace").asText()).isEqualTo("small");
    assertThat(node.path("groups").asText()).isEqualTo("code");
    assertThat(node.path("forecasts").get(0).path("jobs").asInt()).isEqualTo(4);
    assertThat(node.path("forecasts").get(0).path("within_2x").asDouble()).isEqualTo(0.75);
    assertThat(node.path("baselines").get(0).path("name").asText()).isEqualTo("last two");
  }

  @Test
  void wrongUsageOrInputEndsWith2() {
    assertThat(run("predict")).isEqualTo(2);
    assertThat(run("predict", "evaluate")).isEqualTo(2);
    assertThat(run("predict", "evaluate", "--trace", folder + "/none.csv")).isEqualTo(2);
    assertThat(run("predict", "evaluate", "--trace", trace, "--groups", "words")).isEqualTo(2);
  }
}
