package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.Iterables;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --slo-ms 9 -- true                        | --name is missing; it must be a name of 1 to 100 printable characters.
          --name n -- true                          | --slo-ms is missing; it must be a whole number from 1 to 86400000.
          --name My_Chat --slo-ms 9 --registry -- s | --name is "My_Chat" but must be of lower-case letters, digits and hyphens with --registry.
          --name n --slo-ms 9                       | The command is missing. Maybe put it at the end: -- bash -c 'exec server --port $PORT'
          --name n --slo-ms 9 --min 4 --max 2 -- s  | --max is 2 but must be at least --min, which is 4.
          --name n --slo-ms 9 --min -1 -- s         | --min is "-1" but must be a whole number from 0 to 100000.
          --name n --slo-ms 9 --min 0 -- s          | --max is 1 and --min 0, but nothing tells the load. Maybe add --metrics /metrics.
          --name n --slo-ms 9 --max 2 -- s          | --max is 2 and --min 1, but nothing tells the load. Maybe add --metrics /metrics.
          --name n --slo-ms 200 --service-rate 2 -- s | --slo-ms is 200 but must be above the 500.0 ms that one request takes, 1000 * --concurrency / --service-rate.
          --name n --slo-ms 600 --service-rate 2 --concurrency 4 -- s | --slo-ms is 600 but must be above the 2000.0 ms that one request takes, 1000 * --concurrency / --service-rate.
          --name n --slo-ms 9 --service-rate 0 -- s | --service-rate is "0" but must be a positive number of requests per second.
          --name n --slo-ms 9 --metrics-file f -- s | --metrics-file does not tell what a replica serves: --service-rate is missing.
          --name n --slo-ms 9 --metrics-push -- s   | --metrics-push does not tell what a replica serves: --service-rate is missing.
          --name n --slo-ms 9 --metrics /m --metrics-file f -- s | Only one of --metrics, --metrics-file and --metrics-push can be given.
          --name n --slo-ms 9 --metrics-push --metrics-file f -- s | Only one of --metrics, --metrics-file and --metrics-push can be given.
          --name n --slo-ms 9 --metrics-port -- s   | --metrics-port says where --metrics are, which is missing.
          --name n --slo-ms 9 --metrics metrics -- s | --metrics is "metrics" but must be a path that begins with /, without spaces.
          --name n --slo-ms 9 --health health -- s  | --health is "health" but must be a path that begins with /, without spaces.
          --name n --slo-ms 9 --port-env a-b -- s   | --port-env is "a-b" but must be a name of letters, digits and _.
          --name n --slo-ms 9 --drain never -- s    | --drain is "never" but must be a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d.
          """)
  void wrongUsageIsOneLineAndEndsWith2(String flags, String line) {
    assertThat(serve(flags)).isEqualTo(2);
    assertThat(err.toString().lines()).first().isEqualTo(line);
  }

  @Test
  void helpShowsExamplesAndEndsWith0() {
    assertThat(serve("--help")).isZero();
    assertThat(out.toString()).contains("Examples:", "--shrink-after", "/endpoints");
  }

  private int serve(String flags) {
    Iterable<String> words = Splitter.on(' ').omitEmptyStrings().split("serve " + flags);
    return Main.run(
        () -> {
          throw new AssertionError("wrong usage must be found before the cluster is asked");
        },
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        Iterables.toArray(words, String.class));
  }
}
