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

class EvaluateAutoscaleCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;
  private String load;

  /** Three days of 20 requests a second, and five times as many for ten minutes of each hour. */
  @BeforeEach
  void writeLoad() throws IOException {
    StringBuilder rows = new StringBuilder("service,timestamp_s,requests,interval_s\n");
    for (int minute = 0; minute < 3 * 1440; minute++) {
      rows.append("s,%d,%d,60%n".formatted(minute * 60, minute % 60 < 10 ? 6000 : 1200));
    }
    load = file("load.csv", rows.toString());
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private int run(String file, String... more) {
    List<String> arguments = new ArrayList<>(List.of("evaluate", "autoscale", "--load", file));
    arguments.addAll(List.of("--service-rate", "2", "--start-delay-s", "60"));
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
  void policiesStandBesideEachOther() {
    assertThat(run(load, "--slo-ms", "500", "--warmup-days", "2")).isZero();
    assertThat(out.toString())
        .startsWith(
            """
            load.csv: learned from 2.00 days, judged on the 1.00 after them
            2 requests/s a replica, waits of up to 500 ms, 60 s until a replica serves, 1 to 10000 replicas

            policy  violations  mean replicas  scale actions/day
            ours       0.000 %\
            """)
        .contains(
            "\nhpa-50 ", "\nwpai ", "\nstatic     0.000 %           56.0                  0\n");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void withJsonStandardOutputIsOneObject() throws IOException {
    assertThat(run(load, "--slo-ms", "500", "--policies", "hpa-50,ours", "--json")).isZero();
    JsonNode node = new ObjectMapper().readTree(out.toString());
    assertThat(node.fieldNames()).toIterable().containsExactly("policies");
    assertThat(node.path("policies").findValuesAsText("name")).containsExactly("hpa-50", "ours");
    JsonNode hpa = node.path("policies").get(0);
    assertThat(hpa.fieldNames())
        .toIterable()
        .containsExactly("name", "violations", "mean_replicas", "scale_actions_per_day");
    assertThat(hpa.path("violations").asDouble()).isBetween(0.01, 1.0);
  }

  @Test
  void anObjectiveBelowTheServiceTimeIsRefusedWithIt() {
    assertThat(run(load, "--slo-ms", "499")).isEqualTo(2);
    assertThat(err.toString())
        .startsWith(
            "--slo-ms is 499.0 but must be at least the service time of 500.0 ms,"
                + " 1000 / --service-rate.");
  }

  @Test
  void wrongOptionsAreRefusedWithTheirValues() {
    assertThat(run(load, "--slo-ms", "500", "--min", "5", "--max", "4")).isEqualTo(2);
    assertThat(run(load, "--slo-ms", "500", "--policies", "ours,magic")).isEqualTo(2);
    assertThat(run(load, "--slo-ms", "500", "--warmup-days", "3")).isEqualTo(2);
    assertThat(run(load, "--slo-ms", "500", "--warmup-days", "0")).isEqualTo(2);
    assertThat(run(load, "--slo-ms", "NaN")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "--min is 5 and --max 4",
            "no policy is called \"magic\"",
            "--warmup-days is 3.0 but",
            "static has nothing to learn from");
  }

  @Test
  void theLastMomentMayBeAllThatIsJudged() {
    assertThat(run(load, "--slo-ms", "500", "--warmup-days", "2.9999999")).isZero();
    assertThat(run(load, "--slo-ms", "500", "--min", "5", "--max", "5")).isZero();
    assertThat(out.toString()).contains("ours       0.000 %", "ours     100.000 %            5.0");
  }

  @Test
  void malformedRowsAreNamedByTheirLine() throws IOException {
    String header = "timestamp_s,requests,interval_s\n";
    assertThat(run(file("empty.csv", header), "--slo-ms", "500")).isEqualTo(2);
    assertThat(run(file("nothing.csv", ""), "--slo-ms", "500")).isEqualTo(2);
    assertThat(run(file("a.csv", header + "0,1,60\n60,x,60\n"), "--slo-ms", "500")).isEqualTo(2);
    assertThat(run(file("b.csv", header + "0,1,60\n60,-4,60\n"), "--slo-ms", "500")).isEqualTo(2);
    assertThat(run(file("c.csv", header + "0,1,60\n60,4\n"), "--slo-ms", "500")).isEqualTo(2);
    assertThat(run(file("d.csv", header + "0,1,60\n61,4,60\n"), "--slo-ms", "500")).isEqualTo(2);
    assertThat(run(file("e.csv", header + "0,1,60\n60,4,30\n"), "--slo-ms", "500")).isEqualTo(2);
    assertThat(run(folder + "/none.csv", "--slo-ms", "500")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "empty.csv has no rows.",
            "nothing.csv must have the columns timestamp_s, requests and interval_s, or submit_s",
            "a.csv:3: requests is \"x\" but must be a number of at least 0",
            "b.csv:3: requests is \"-4\"",
            "c.csv:3: the line has 2 fields but the header 3",
            "d.csv:3: timestamp_s is 61.0, which is no whole number of intervals",
            "e.csv:3: interval_s is \"30\" but must be positive and the same in all rows");
  }

  @Test
  void aRowMayBeARequestAndAGapIsNoLoad() throws IOException {
    StringBuilder requests = new StringBuilder("submit_s,user\n");
    for (int second = 0; second < 7200; second++) {
      requests.append(second).append(",u\n");
    }
    assertThat(run(file("requests.csv", requests.toString()), "--slo-ms", "500")).isZero();
    String gap = "timestamp_s,requests,interval_s\n0,60,60\n60,60,60\n36000,60,60\n";
    assertThat(run(file("gap.csv", gap), "--slo-ms", "500", "--policies", "ours")).isZero();
    assertThat(err.toString()).isEmpty();
  }
}
