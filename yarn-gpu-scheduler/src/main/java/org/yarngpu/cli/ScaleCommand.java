package org.yarngpu.cli;

import com.google.common.collect.ImmutableList;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.client.SubmissionException;
import org.yarngpu.job.DurationText;
import org.yarngpu.job.ServiceSpec;
import org.yarngpu.scale.Autoscaler;
import org.yarngpu.scale.ReplicaBounds;
import org.yarngpu.scale.source.DryRun;
import org.yarngpu.scale.source.LoadSource;
import org.yarngpu.scale.source.ServiceControl;
import org.yarngpu.scale.source.ServiceScaling;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Gives a service of YARN's own as many instances as its load needs, or only says how many. */
@Command(
    name = "scale",
    description =
        "Reads the load of a service and decides how many replicas it should have. Has the"
            + " instances of a service of YARN's own (yarn app -launch) started and ended until it"
            + " is interrupted; of any other it prints the decisions only.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  scale --yarn-service chat --component server --min 2 --max 16 --metrics /metrics --port"
          + " 8000 \\",
      "        --slo-ms 2000 --concurrency 32",
      "  scale --dry-run --url http://gpu1:8000/metrics --url http://gpu2:8000/metrics \\",
      "        --slo-ms 2000 --concurrency 32 --max 16 --decisions 100",
      "  scale --dry-run --metrics-file load.json --service-rate 2 --slo-ms 800 --max 16"
    })
final class ScaleCommand extends ClusterCommand {

  private static final int MAX_DEFAULT = 10_000;
  private static final int PORT_MAX = 65_535;

  @Option(
      names = "--yarn-service",
      paramLabel = "NAME",
      description = "Service of YARN's own that is to be scaled.")
  private @Nullable String yarnService;

  @Option(
      names = "--component",
      paramLabel = "NAME",
      description = "Its component that serves the load.")
  private @Nullable String component;

  @Option(
      names = "--metrics",
      paramLabel = "PATH",
      description =
          "Path on each instance with Prometheus metrics of vLLM, Triton, TensorFlow Serving or an"
              + " HTTP server, such as /metrics.")
  private @Nullable String metrics;

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "Port of --metrics, the same on each instance.")
  private int port;

  @Option(names = "--dry-run", description = "Only print.")
  private boolean dryRun;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description =
          "Prometheus metrics of a replica: vLLM, Triton, TensorFlow Serving or an HTTP server; may"
              + " be repeated.")
  private List<URI> urls = new ArrayList<>();

  @Option(
      names = "--metrics-file",
      paramLabel = "FILE",
      description = "File whose JSON tells the load, instead of --url or --metrics.")
  private @Nullable Path metricsFile;

  @Option(
      names = "--slo-ms",
      paramLabel = "M",
      required = true,
      description = "What 99 of 100 response times should stay below, in milliseconds.")
  private int sloMs;

  @Option(
      names = "--service-rate",
      paramLabel = "R",
      description = "Requests per second that one replica serves; default: measured.")
  private @Nullable Double serviceRate;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "1",
      description = "Requests that a replica works at together. Default: ${DEFAULT-VALUE}.")
  private int concurrency;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      description = "Replicas that there are. Default: the number of URLs, or --min.")
  private @Nullable Integer replicas;

  @Option(
      names = "--min",
      paramLabel = "N",
      defaultValue = "1",
      description = "Fewest replicas. Default: ${DEFAULT-VALUE}.")
  private int min;

  @Option(
      names = "--max",
      paramLabel = "N",
      description = "Most replicas; needed with --yarn-service. Default: " + MAX_DEFAULT + ".")
  private @Nullable Integer max;

  @Option(
      names = "--start-delay-s",
      paramLabel = "D",
      defaultValue = "60",
      description =
          "From the wish for a replica until it serves, in seconds. Default: ${DEFAULT-VALUE}.")
  private double startDelaySeconds;

  @Option(
      names = "--shrink-after",
      paramLabel = "TIME",
      defaultValue = "5m",
      description = "Replicas go when no load of this time needed them. Default: ${DEFAULT-VALUE}.")
  private String shrinkAfter = "";

  @Option(
      names = "--every",
      paramLabel = "TIME",
      defaultValue = "5s",
      description = "Time between decisions. Default: ${DEFAULT-VALUE}.")
  private String every = "";

  @Option(
      names = "--decisions",
      paramLabel = "N",
      description = "End after so many decisions; 0: never. Default: 1 with --dry-run, else 0.")
  private @Nullable Integer decisions;

  @Option(names = "--json", description = "A JSON object a line.")
  private boolean json;

  ScaleCommand(Supplier<GpuJobClient> clients) {
    super(clients);
  }

  @Override
  int run() throws SubmissionException, InterruptedException {
    Duration period = duration("--every", every);
    require(decisions() >= 0, "--decisions is %s but must be at least 0.".formatted(decisions()));
    return yarnService == null
        ? pretend(dryRun(period), period)
        : follow(yarnService, settings(period), period);
  }

  private int decisions() {
    if (decisions == null) {
      return dryRun ? 1 : 0;
    }
    return decisions;
  }

  private int pretend(DryRun run, Duration period) throws InterruptedException {
    if (!urls.isEmpty()) {
      run.read(System.currentTimeMillis());
      Thread.sleep(period.toMillis());
    }
    for (int made = 1; true; made++) {
      DryRun.Line line = run.step(System.currentTimeMillis());
      print(line.atMs(), json ? line.json() : line.text());
      if (made == decisions()) {
        return Main.DONE;
      }
      Thread.sleep(period.toMillis());
    }
  }

  private int follow(String service, Autoscaler.Service settings, Duration period)
      throws SubmissionException, InterruptedException {
    String part = serviceUsage();
    try (GpuJobClient client = client();
        ServiceControl control = client.yarnService(service)) {
      ServiceScaling scaling =
          new ServiceScaling(
              service,
              part,
              dryRun ? control.readOnly() : control,
              metricsFile == null ? LoadSource.ofMetrics() : LoadSource.ofFile(metricsFile),
              Optional.ofNullable(metrics).map(path -> new ServiceScaling.MetricsPlace(port, path)),
              settings,
              startDelaySeconds);
      if (dryRun && metrics != null) {
        // Counters tell a load from the second time on.
        scaling.step(System.currentTimeMillis());
        Thread.sleep(period.toMillis());
      }
      for (int made = 1; true; made++) {
        long nowMs = System.currentTimeMillis();
        ServiceScaling.Step step = scaling.step(nowMs);
        if (step.outcome() == ServiceScaling.Outcome.END) {
          command.commandLine().getErr().println(step.words());
          return Main.FAILED;
        }
        if (dryRun || step.outcome() != ServiceScaling.Outcome.QUIET) {
          print(nowMs, step.words());
        }
        if (made == decisions()) {
          return Main.DONE;
        }
        Thread.sleep(period.toMillis());
      }
    }
  }

  private void print(long atMs, String text) {
    Instant at = Instant.ofEpochMilli(atMs).truncatedTo(ChronoUnit.SECONDS);
    command.commandLine().getOut().println(json ? text : at + " " + text);
  }

  /** Returns the component. */
  private String serviceUsage() {
    require(urls.isEmpty(), "--url is not for --yarn-service. Maybe --metrics PATH --port P.");
    require(replicas == null, "--replicas is not for --yarn-service, which tells what there is.");
    require(!json, "--json is not for --yarn-service.");
    require(max != null, "--max is missing: the most instances of the service.");
    require(
        (metrics == null) != (metricsFile == null),
        "Give either --metrics, of each instance, or --metrics-file.");
    require(
        metrics == null || metrics.matches("/[!-~]*"),
        "--metrics is %s but must be a path that begins with /, without spaces."
            .formatted(metrics));
    require(
        metrics == null || (1 <= port && port <= PORT_MAX),
        "--port is %s but must be the port of --metrics, from 1 to 65535.".formatted(port));
    if (component == null) {
      throw usage("--component is missing: the part of the service that serves the load.");
    }
    return component;
  }

  private DryRun dryRun(Duration period) {
    require(
        dryRun,
        "Nothing tells what to change. Maybe add --yarn-service NAME, or --dry-run to print only.");
    require(
        component == null && metrics == null && port == 0,
        "--component, --metrics and --port are those of --yarn-service, which is missing.");
    require(
        urls.isEmpty() != (metricsFile == null),
        "Give either --url, of each replica, or --metrics-file.");
    require(
        urls.stream().allMatch(url -> "http".equals(url.getScheme()) && url.getHost() != null),
        "--url is %s but must begin with http:// and a host.".formatted(urls));
    int there = replicas == null ? Math.max(min, urls.size()) : replicas;
    require(there >= 0, "--replicas is %s but must be at least 0.".formatted(there));
    return new DryRun(
        metricsFile == null ? LoadSource.ofMetrics() : LoadSource.ofFile(metricsFile),
        ImmutableList.copyOf(urls),
        settings(period),
        startDelaySeconds,
        System.currentTimeMillis(),
        there);
  }

  private Autoscaler.Service settings(Duration period) {
    require(
        metricsFile == null || Files.isReadable(metricsFile),
        "--metrics-file %s cannot be read.".formatted(metricsFile));
    int most = max == null ? MAX_DEFAULT : max;
    require(
        1 <= min && min <= most,
        "--min is %s and --max %s, but 1 <= min <= max must hold.".formatted(min, most));
    require(
        startDelaySeconds >= 0,
        "--start-delay-s is %s but must be at least 0.".formatted(startDelaySeconds));
    return new Autoscaler.Service(
        new ReplicaBounds(min, most),
        sloMs / 1000.0,
        rate(),
        concurrency,
        duration("--shrink-after", shrinkAfter).toMillis(),
        period.toSeconds());
  }

  private OptionalDouble rate() {
    require(
        1 <= concurrency && concurrency <= ServiceSpec.CONCURRENCY_MAX,
        "--concurrency is %s but must be a whole number from 1 to 100000.".formatted(concurrency));
    require(sloMs >= 1, "--slo-ms is %s but must be positive.".formatted(sloMs));
    if (serviceRate == null) {
      require(metricsFile == null, "--metrics-file needs --service-rate.");
      return OptionalDouble.empty();
    }
    require(
        serviceRate > 0 && !serviceRate.isInfinite(),
        "--service-rate is %s but must be a positive number.".formatted(serviceRate));
    double serviceMs = 1000 * concurrency / serviceRate;
    require(
        sloMs > serviceMs,
        "--slo-ms is %s but must be above the %.1f ms that one request takes, 1000 * --concurrency / --service-rate."
            .formatted(sloMs, serviceMs));
    return OptionalDouble.of(serviceRate);
  }

  private Duration duration(String flag, String given) {
    return DurationText.parse(given).orElseThrow(() -> wrong(flag, given, DurationText.ACCEPTED));
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw usage(otherwise);
    }
  }
}
