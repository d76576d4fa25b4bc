package org.yarngpu.cli;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Booleans;
import com.google.common.primitives.Doubles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.job.Declaration;
import org.yarngpu.job.JobSpec;
import org.yarngpu.job.JobSpecReader;
import org.yarngpu.job.LoadOrigin;
import org.yarngpu.job.ServiceSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Submits an inference service: replicas of one command, as many as the load needs. */
@Command(
    name = "serve",
    description = "Runs an inference service: equal replicas, as many as its load needs.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    customSynopsis = "serve --name NAME --slo-ms M [OPTIONS] -- COMMAND...",
    footerHeading = "%nExamples:%n",
    footer = {
      "  serve --name chat --queue inference --min 2 --max 16 --gpus 1 --slo-ms 2000 \\",
      "        --health /health --metrics /metrics --concurrency 32 \\",
      "        -- bash -c 'exec vllm serve my/model --port $PORT'",
      "  serve --name hello --min 2 --max 2 --slo-ms 1000 -- bash -c 'exec python3 -m http.server"
          + " $PORT'",
      "",
      "Each replica finds in its environment where to listen, PORT, a second port,",
      "METRICS_PORT, and its number, REPLICA. Its end means another one in its place.",
      "The page behind the link that is printed shows the replicas; /endpoints below it",
      "lists those that serve as JSON. The service runs until it is killed."
    })
final class ServeCommand extends SubmitCommand {

  private static final Pattern REGISTERED = Pattern.compile("[a-z0-9]([a-z0-9-]*[a-z0-9])?");
  private static final int MIN_DEFAULT = 1;
  private static final String PORT_DEFAULT = "PORT";
  private static final String START_TIMEOUT_DEFAULT = "10m";
  private static final String DRAIN_DEFAULT = "30s";
  private static final String SHRINK_AFTER_DEFAULT = "5m";

  @Option(names = "--name", paramLabel = "NAME", description = "Name of the service.")
  private @Nullable String name;

  @Option(
      names = "--queue",
      paramLabel = "QUEUE",
      description = "YARN queue; default: " + JobSpec.QUEUE_DEFAULT + ".")
  private String queue = JobSpec.QUEUE_DEFAULT;

  @Option(
      names = "--min",
      paramLabel = "N",
      description =
          "Fewest replicas; 0: none while no request comes, until one asks at /wake; default: "
              + MIN_DEFAULT
              + ".")
  private String min = Integer.toString(MIN_DEFAULT);

  @Option(names = "--max", paramLabel = "N", description = "Most replicas; default: --min, but 1.")
  private @Nullable String max;

  @Option(
      names = "--gpus",
      paramLabel = "N",
      description = "GPUs of each replica; default: " + JobSpec.GPUS_PER_WORKER_DEFAULT + ".")
  private String gpus = Integer.toString(JobSpec.GPUS_PER_WORKER_DEFAULT);

  @Option(
      names = "--slo-ms",
      paramLabel = "M",
      description = "What 99 of 100 response times should stay below, in milliseconds.")
  private @Nullable String sloMs;

  @Option(
      names = "--metrics",
      paramLabel = "PATH",
      description =
          "Path on each replica with Prometheus metrics of vLLM, Triton, TensorFlow Serving or an"
              + " HTTP server, such as /metrics.")
  private @Nullable String metrics;

  @Option(
      names = "--metrics-port",
      description = "Metrics are not at PORT but at METRICS_PORT, as Triton has them.")
  private boolean metricsPort;

  @Option(
      names = "--metrics-file",
      paramLabel = "URI",
      description =
          "File on a Hadoop file system, or file:// of every node, whose JSON tells the load,"
              + " instead of --metrics.")
  private @Nullable String metricsFile;

  @Option(
      names = "--metrics-push",
      description =
          "The load is posted to the page /load of the service as the JSON of --metrics-file,"
              + " instead of --metrics.")
  private boolean metricsPush;

  @Option(
      names = "--service-rate",
      paramLabel = "R",
      description = "Requests per second that one replica serves; default: measured by --metrics.")
  private @Nullable String serviceRate;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      description = "Requests that a replica works at together; default: 1.")
  private String concurrency = "1";

  @Option(
      names = "--shrink-after",
      paramLabel = "TIME",
      description =
          "Replicas go when no load of this time needed them; default: "
              + SHRINK_AFTER_DEFAULT
              + ".")
  private String shrinkAfter = SHRINK_AFTER_DEFAULT;

  @Option(
      names = "--health",
      paramLabel = "PATH",
      description =
          "Path that answers 2xx or 3xx when a replica serves; default: its port is open.")
  private @Nullable String health;

  @Option(
      names = "--registry",
      description =
          "Also write the endpoints into YARN's registry, of hadoop.registry.zk.quorum; the name"
              + " must then be of lower-case letters, digits and hyphens.")
  private boolean registry;

  @Option(
      names = "--port-env",
      paramLabel = "NAME",
      description = "Variable that tells a replica its port; default: " + PORT_DEFAULT + ".")
  private String portEnv = PORT_DEFAULT;

  @Option(
      names = "--start-timeout",
      paramLabel = "TIME",
      description = "Longest time until a replica serves; default: " + START_TIMEOUT_DEFAULT + ".")
  private String startTimeout = START_TIMEOUT_DEFAULT;

  @Option(
      names = "--drain",
      paramLabel = "TIME",
      description =
          "Longest time that a replica keeps to finish its requests; default: "
              + DRAIN_DEFAULT
              + ".")
  private String drain = DRAIN_DEFAULT;

  @Option(
      names = "--vcores",
      paramLabel = "N",
      description = "Virtual cores of each replica; default: " + JobSpec.VCORES_DEFAULT + ".")
  private String vcores = Integer.toString(JobSpec.VCORES_DEFAULT);

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "Host memory of each replica, such as 4g, 512m or MiB; default: "
              + JobSpec.MEMORY_MIB_DEFAULT
              + ".")
  private String memory = Integer.toString(JobSpec.MEMORY_MIB_DEFAULT);

  @Option(
      names = "--env",
      paramLabel = "K=V",
      description = "Environment variable of each replica; may be repeated.")
  private List<String> env = new ArrayList<>();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description =
          "Local path or URI, put into each replica's directory; FILE#NAME renames; may be"
              + " repeated.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--archive",
      paramLabel = "FILE",
      description = "Like --file, unpacked into a directory of that name; may be repeated.")
  private List<String> archives = new ArrayList<>();

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "Priority in the queue, larger goes first; default: 0.")
  private String priority = Integer.toString(JobSpec.PRIORITY_DEFAULT);

  @Option(
      names = "--detach",
      description = "Return once the service is submitted, and leave it running.")
  private boolean detach;

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "Program and arguments.")
  private List<String> words = new ArrayList<>();

  ServeCommand(Supplier<GpuJobClient> clients) {
    super(clients);
  }

  @Override
  boolean detach() {
    return detach;
  }

  @Override
  ServiceSpec spec() {
    JobSpec replica = replica();
    if (registry && !REGISTERED.matcher(replica.name()).matches()) {
      throw wrong(
          "--name", replica.name(), "of lower-case letters, digits and hyphens with --registry");
    }
    int fewest = number("--min", min, 0, Declaration.MEMBERS_MAX);
    int most = max == null ? Math.max(1, fewest) : number("--max", max, 1, Declaration.MEMBERS_MAX);
    int objectiveMs = number("--slo-ms", Strings.nullToEmpty(sloMs), 1, ServiceSpec.SLO_MS_MAX);
    int together = number("--concurrency", concurrency, 1, ServiceSpec.CONCURRENCY_MAX);
    OptionalDouble rate = rate();
    LoadOrigin load = load();
    checkBounds(fewest, most, load);
    checkRate(rate, together, objectiveMs);
    return new ServiceSpec(
        replica,
        fewest,
        most,
        objectiveMs,
        rate,
        together,
        portVariable(),
        path("--health", health),
        load,
        time("--start-timeout", startTimeout),
        time("--drain", drain),
        time("--shrink-after", shrinkAfter),
        registry);
  }

  private JobSpec replica() {
    return new JobSpec(
        name(name),
        queue(queue),
        1,
        1,
        number("--gpus", gpus, 1, Declaration.MEMBER_GPUS_MAX),
        number("--vcores", vcores, 1, JobSpec.VCORES_MAX),
        memoryMib(memory),
        environment(env),
        ImmutableList.copyOf(files),
        ImmutableList.copyOf(archives),
        number("--priority", priority, 0, JobSpec.PRIORITY_MAX),
        false,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        0,
        ImmutableList.of(),
        words(words, "bash -c 'exec server --port $PORT'"));
  }

  private void checkBounds(int fewest, int most, LoadOrigin load) {
    if (most < fewest) {
      throw usage("--max is %s but must be at least --min, which is %s.".formatted(most, fewest));
    }
    if (most > fewest && load.kind() == LoadOrigin.Kind.NONE) {
      throw usage(
          "--max is %s and --min %s, but nothing tells the load. Maybe add --metrics /metrics."
              .formatted(most, fewest));
    }
    boolean isTold = load.kind() == LoadOrigin.Kind.FILE || load.kind() == LoadOrigin.Kind.PUSHED;
    if (isTold && serviceRate == null) {
      throw usage(
          "%s does not tell what a replica serves: --service-rate is missing."
              .formatted(metricsPush ? "--metrics-push" : "--metrics-file"));
    }
  }

  private void checkRate(OptionalDouble rate, int together, int objectiveMs) {
    if (rate.isEmpty()) {
      return;
    }
    double serviceMs = 1000 * together / rate.getAsDouble();
    if (objectiveMs <= serviceMs) {
      throw usage(
          "--slo-ms is %s but must be above the %.1f ms that one request takes, 1000 * --concurrency / --service-rate."
              .formatted(objectiveMs, serviceMs));
    }
  }

  private OptionalDouble rate() {
    if (serviceRate == null) {
      return OptionalDouble.empty();
    }
    Double rate = Doubles.tryParse(serviceRate);
    if (rate == null || !(rate > 0) || rate.isInfinite()) {
      throw wrong("--service-rate", serviceRate, "a positive number of requests per second");
    }
    return OptionalDouble.of(rate);
  }

  private LoadOrigin load() {
    if (Booleans.countTrue(metrics != null, metricsFile != null, metricsPush) > 1) {
      throw usage("Only one of --metrics, --metrics-file and --metrics-push can be given.");
    }
    if (metricsPort && metrics == null) {
      throw usage("--metrics-port says where --metrics are, which is missing.");
    }
    if (metricsPush) {
      return LoadOrigin.PUSHED;
    }
    if (metricsFile != null) {
      return new LoadOrigin(LoadOrigin.Kind.FILE, metricsFile);
    }
    return path("--metrics", metrics)
        .map(
            path ->
                new LoadOrigin(
                    metricsPort ? LoadOrigin.Kind.REPLICAS_SECOND_PORT : LoadOrigin.Kind.REPLICAS,
                    path))
        .orElse(LoadOrigin.NONE);
  }

  private Optional<String> path(String flag, @Nullable String given) {
    if (given == null) {
      return Optional.empty();
    }
    if (!given.matches("/[!-~]*")) {
      throw wrong(flag, given, "a path that begins with /, without spaces");
    }
    return Optional.of(given);
  }

  private String portVariable() {
    if (!JobSpecReader.isVariable(portEnv)) {
      throw wrong("--port-env", portEnv, "a name of letters, digits and _");
    }
    return portEnv;
  }

  private Duration time(String flag, String given) {
    return duration(flag, given).orElseThrow();
  }
}
