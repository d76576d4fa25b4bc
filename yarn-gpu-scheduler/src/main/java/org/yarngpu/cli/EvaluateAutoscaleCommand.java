package org.yarngpu.cli;

import com.google.common.base.Stopwatch;
import com.google.common.collect.ImmutableList;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.yarngpu.scale.ReplicaBounds;
import org.yarngpu.sim.LoadSeries;
import org.yarngpu.sim.ServiceConditions;
import org.yarngpu.sim.report.ScaleTable;
import org.yarngpu.sim.scale.ScaleEvaluation;
import org.yarngpu.sim.scale.ScaleReport;
import org.yarngpu.sim.workload.LoadFile;
import org.yarngpu.sim.workload.TraceException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints how well scaling policies would have followed the load of a service. */
@Command(
    name = "autoscale",
    description =
        "Scales an inference service under a recorded load by several policies, and prints how many"
            + " requests waited too long and how many replicas that took.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class EvaluateAutoscaleCommand implements Callable<Integer> {
  private static final long REPEATED_SECONDS = 10;
  private static final double YEAR_SECONDS = 365 * 86_400.0;

  @Spec private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--load",
      paramLabel = "FILE",
      required = true,
      description =
          "CSV, plain or .gz: timestamp_s,requests,interval_s, a row an interval; or submit_s, a row"
              + " a request. Other columns are ignored.")
  private Path load = Path.of("");

  @Option(
      names = "--service-rate",
      paramLabel = "R",
      required = true,
      description = "Requests per second that one replica serves.")
  private double serviceRate;

  @Option(
      names = "--slo-ms",
      paramLabel = "M",
      required = true,
      description =
          "Longest wait in the queue that is no violation, in milliseconds; at least the service"
              + " time, 1000 / R.")
  private double sloMs;

  @Option(
      names = "--start-delay-s",
      paramLabel = "D",
      required = true,
      description = "From the wish for a replica until it serves, in seconds.")
  private double startDelaySeconds;

  @Option(
      names = "--policies",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "ours,hpa-50,wpai,static",
      description =
          "ours, hpa-N (a target utilisation of N %%), wpai, static. Default: ${DEFAULT-VALUE}.")
  private List<String> policies = List.of();

  @Option(
      names = "--warmup-days",
      paramLabel = "W",
      description =
          "Days at the start that are learned from and not judged. Default: half of the series, at"
              + " most 7.")
  private @Nullable Double warmupDays;

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
      names = "--missing-below",
      paramLabel = "SHARE",
      defaultValue = "0",
      description =
          "Take intervals with less than this share of the mean load for gaps of the recording."
              + " Default: none.")
  private double missingBelow;

  @Mixin private TraceReport report = new TraceReport();

  @Override
  public Integer call() {
    ServiceConditions service = service();
    for (String policy : policies) {
      require(
          ScaleEvaluation.knows(policy, service),
          "no policy is called \"%s\". Maybe one of: ours, hpa-50, wpai, static".formatted(policy));
    }
    return report.exitCodeOf(() -> evaluate(service));
  }

  private ServiceConditions service() {
    require(
        serviceRate > 0 && serviceRate <= 1e9,
        "--service-rate is %s but must be a positive number".formatted(serviceRate));
    double serviceMs = 1000 / serviceRate;
    require(
        sloMs >= serviceMs && sloMs <= 1000 * YEAR_SECONDS,
        "--slo-ms is %s but must be at least the service time of %s ms, 1000 / --service-rate"
            .formatted(sloMs, serviceMs));
    require(
        startDelaySeconds >= 0 && startDelaySeconds <= YEAR_SECONDS,
        "--start-delay-s is %s but must be at least 0".formatted(startDelaySeconds));
    require(
        0 <= min && min <= max && max >= 1,
        "--min is %s and --max %s, but 0 <= min <= max and max at least 1 must hold"
            .formatted(min, max));
    require(
        missingBelow >= 0 && missingBelow < 1,
        "--missing-below is %s but must lie in [0, 1)".formatted(missingBelow));
    return new ServiceConditions(
        serviceRate, sloMs, Math.round(1000 * startDelaySeconds), new ReplicaBounds(min, max));
  }

  private void evaluate(ServiceConditions service) throws TraceException {
    LoadSeries series = LoadFile.read(load).withoutBelow(missingBelow);
    double days = series.endMs() / 86_400_000.0;
    double warmup = warmupDays == null ? ScaleEvaluation.warmupDays(series) : warmupDays;
    require(
        warmup >= 0 && warmup < days,
        "--warmup-days is %s but must be at least 0 and less than the %s days of the load"
            .formatted(warmup, days));
    require(
        warmup > 0 || !policies.contains("static"),
        "static has nothing to learn from with --warmup-days 0");
    ScaleReport scores =
        ScaleEvaluation.of(series, service, ImmutableList.copyOf(policies), warmup, progress());
    report.print(ScaleTable.text(scores), ScaleTable.json(scores));
  }

  /** A line every ten seconds. */
  private ScaleEvaluation.Progress progress() {
    PrintWriter err = command.commandLine().getErr();
    Stopwatch watch = Stopwatch.createStarted();
    return (policy, day) -> {
      if (watch.elapsed(TimeUnit.SECONDS) >= REPEATED_SECONDS) {
        watch.reset().start();
        err.printf("%s: day %.1f%n", policy, day);
        err.flush();
      }
    };
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), otherwise + ".");
    }
  }
}
