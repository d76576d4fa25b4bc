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
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.yarngpu.job.DurationText;
import org.yarngpu.job.ServiceSpec;
import org.yarngpu.scale.Autoscaler;
import org.yarngpu.scale.ReplicaBounds;
import org.yarngpu.scale.source.DryRun;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says how many replicas a service that runs elsewhere should have, and why. */
@Command(
    name = "scale",
    description =
        "Reads the load of a service and prints how many replicas it should have and why, a line a"
            + " decision. Changes nothing.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  scale --dry-run --url http://gpu1:8000/metrics --url http://gpu2:8000/metrics \\",
      "        --slo-ms 2000 --concurrency 32 --max 16 --decisions 100",
      "  scale --dry-run --metrics-file load.json --service-rate 2 --slo-ms 800 --max 16"
    })
final class ScaleCommand implements Callable<Integer> {

  @Spec private CommandSpec command = CommandSpec.create();

  @Option(names = "--dry-run", description = "Only print. Required: there is nothing else yet.")
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
      description = "File whose JSON tells the load, instead of --url.")
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
      description = "Requests per second that one replica serves; default: measured by --url.")
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
      defaultValue = "10000",
      description = "Most replicas. Default: ${DEFAULT-VALUE}.")
  private int max;

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
      defaultValue = "1",
      description = "End after so many decisions; 0: never. Default: ${DEFAULT-VALUE}.")
  private int decisions;

  @Option(names = "--json", description = "A JSON object a line.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    Duration period = duration("--every", every);
    DryRun run = dryRun(period);
    if (!urls.isEmpty()) {
      run.read(System.currentTimeMillis());
      Thread.sleep(period.toMillis());
    }
    for (int made = 1; true; made++) {
      print(run.step(System.currentTimeMillis()));
      if (made == decisions) {
        return Main.DONE;
      }
      Thread.sleep(period.toMillis());
    }
  }

  private void print(DryRun.Line line) {
    Instant at = Instant.ofEpochMilli(line.atMs()).truncatedTo(ChronoUnit.SECONDS);
    command.commandLine().getOut().println(json ? line.json() : at + " " + line.text());
  }

  private DryRun dryRun(Duration period) {
    require(dryRun, "scale only prints so far. Maybe add --dry-run.");
    require(
        urls.isEmpty() != (metricsFile == null),
        "Give either --url, of each replica, or --metrics-file.");
    require(
        metricsFile == null || Files.isReadable(metricsFile),
        "--metrics-file %s cannot be read.".formatted(metricsFile));
    require(
        urls.stream().allMatch(url -> "http".equals(url.getScheme()) && url.getHost() != null),
        "--url is %s but must begin with http:// and a host.".formatted(urls));
    require(
        1 <= min && min <= max,
        "--min is %s and --max %s, but 1 <= min <= max must hold.".formatted(min, max));
    require(decisions >= 0, "--decisions is %s but must be at least 0.".formatted(decisions));
    require(
        startDelaySeconds >= 0,
        "--start-delay-s is %s but must be at least 0.".formatted(startDelaySeconds));
    int there = replicas == null ? Math.max(min, urls.size()) : replicas;
    require(there >= 0, "--replicas is %s but must be at least 0.".formatted(there));
    Autoscaler.Service service =
        new Autoscaler.Service(
            new ReplicaBounds(min, max),
            sloMs / 1000.0,
            rate(),
            concurrency,
            duration("--shrink-after", shrinkAfter).toMillis(),
            period.toSeconds());
    return new DryRun(
        metricsFile == null
            ? DryRun.ofEndpoints(ImmutableList.copyOf(urls))
            : DryRun.ofFile(metricsFile),
        service,
        startDelaySeconds,
        System.currentTimeMillis(),
        there);
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
    return DurationText.parse(given)
        .orElseThrow(
            () ->
                new ParameterException(
                    command.commandLine(),
                    "%s is \"%s\" but must be %s.".formatted(flag, given, DurationText.ACCEPTED)));
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), otherwise);
    }
  }
}
