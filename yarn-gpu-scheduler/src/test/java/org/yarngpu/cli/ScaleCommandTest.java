package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.Iterables;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yarngpu.client.GpuJobClient;

class ScaleCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --slo-ms 9 --url http://a/m              | Nothing tells what to change. Maybe add --yarn-service NAME, or --dry-run to print only.
          --dry-run --slo-ms 9                     | Give either --url, of each replica, or --metrics-file.
          --dry-run --slo-ms 9 --metrics-file no/file --service-rate 900 | --metrics-file no/file cannot be read.
          --dry-run --slo-ms 9 --url ftp://a/m     | --url is [ftp://a/m] but must begin with http:// and a host.
          --dry-run --slo-ms 9 --url http://a/m --min 3 --max 2 | --min is 3 and --max 2, but 1 <= min <= max must hold.
          --dry-run --slo-ms 9 --url http://a/m --service-rate 2 | --slo-ms is 9 but must be above the 500.0 ms that one request takes, 1000 * --concurrency / --service-rate.
          --dry-run --slo-ms 9 --url http://a/m --component c | --component, --metrics and --port are those of --yarn-service, which is missing.
          --yarn-service s --slo-ms 9 --url http://a/m | --url is not for --yarn-service. Maybe --metrics PATH --port P.
          --yarn-service s --slo-ms 9 --replicas 2 | --replicas is not for --yarn-service, which tells what there is.
          --yarn-service s --slo-ms 9 --json       | --json is not for --yarn-service.
          --yarn-service s --slo-ms 9 --metrics /m | --max is missing: the most instances of the service.
          --yarn-service s --slo-ms 9 --max 2      | Give either --metrics, of each instance, or --metrics-file.
          --yarn-service s --slo-ms 9 --max 2 --metrics m | --metrics is m but must be a path that begins with /, without spaces.
          --yarn-service s --slo-ms 9 --max 2 --metrics /m | --port is 0 but must be the port of --metrics, from 1 to 65535.
          --yarn-service s --slo-ms 9 --max 2 --metrics /m --port 80 | --component is missing: the part of the service that serves the load.
          --yarn-service s --slo-ms 9 --max 2 --min 3 | --min is 3 and --max 2, but 1 <= min <= max must hold.
          --dry-run --slo-ms 9 --url http://a/m --every soon | --every is "soon" but must be a duration from 1 second to 365 days, such as 90 (seconds), 90s, 15m, 2h or 3d.
          """)
  void wrongUsageIsOneLineAndEndsWith2(String flags, String line) {
    assertThat(scale(flags)).isEqualTo(2);
    assertThat(err.toString().lines()).first().isEqualTo(line);
  }

  @Test
  void aFileTellsTheLoad(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("load.json");
    Files.writeString(file, "{\"requests_per_second\": 60}");
    String flags = "--dry-run --slo-ms 800 --service-rate 2 --max 64 --metrics-file " + file;
    assertThat(scale(flags)).isZero();
    assertThat(out.toString())
        .containsPattern(
            "^\\S+Z grows from 1 to 3[0-9]: 60.00 requests/s, 60.00 to be ready for, 2.00 a"
                + " replica\n"
                + "$");
    assertThat(scale(flags + " --json")).isZero();
    assertThat(out.toString())
        .contains("\"load_per_second\":60.0,\"before\":1,\"replicas\":3", "\"why\":\"grows from 1");
  }

  @Test
  void anEndpointTellsLoadAndServiceRate() throws IOException {
    AtomicInteger reads = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          try (exchange) {
            int served = 1_000_000 * reads.incrementAndGet();
            String text =
                "http_requests_total %1$s\nhttp_request_duration_seconds_sum %2$s\nhttp_request_duration_seconds_count %1$s\n"
                    .formatted(served, served / 1000);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
    server.start();
    try {
      int port = server.getAddress().getPort();
      assertThat(
              scale(
                  "--dry-run --slo-ms 100 --max 8 --every 1s --decisions 2 --url http://127.0.0.1:"
                      + port
                      + "/metrics"))
          .isZero();
      assertThat(out.toString().lines())
          .hasSize(2)
          .first()
          .asString()
          .contains("grows from 1 to 2: ");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aClassPathWithoutHadoopsClientOfServicesIsOneLine() {
    Configuration conf = new YarnConfiguration();
    conf.set("yarn.application.admin.client.class.yarn-service", "no.such.Client");
    String flags =
        "--yarn-service s --component c --slo-ms 9 --max 2 --metrics /metrics --port 8000";
    assertThat(scale(flags, () -> new GpuJobClient(conf, Path.of("unused.jar")))).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "Hadoop's client of YARN services is not on the class path: no.such.Client is missing."
                + " Maybe start this by yarn jar, on a Hadoop installation with"
                + " hadoop-yarn-services-api and -core in share/hadoop/yarn.\n");
  }

  private int scale(String flags) {
    return scale(
        flags,
        () -> {
          throw new AssertionError("scale asks no cluster");
        });
  }

  private int scale(String flags, Supplier<GpuJobClient> client) {
    Iterable<String> words = Splitter.on(' ').omitEmptyStrings().split("scale " + flags);
    return Main.run(
        client,
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        Iterables.toArray(words, String.class));
  }
}
