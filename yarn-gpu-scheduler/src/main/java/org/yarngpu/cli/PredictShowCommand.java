package org.yarngpu.cli;

import com.google.common.base.Ascii;
import com.google.common.base.Strings;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.yarngpu.history.HistoryStore;
import org.yarngpu.history.Recovered;
import org.yarngpu.history.hadoop.HadoopFolder;
import org.yarngpu.job.DurationText;
import org.yarngpu.model.RuntimeForecast;
import org.yarngpu.predict.Gate;
import org.yarngpu.predict.JobGroups;
import org.yarngpu.predict.JobIdentity;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.sim.report.ForecastTable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Prints what a history knows. */
@Command(
    name = "show",
    description = {
      "Prints what a ResourceManager has learned: in all, or of one job.",
      "The history is not changed, and may be in use."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class PredictShowCommand implements Callable<Integer> {

  @Option(
      names = "--history",
      paramLabel = "FOLDER",
      required = true,
      converter = HistoryFolder.class,
      description = "Address of the folder, such as file:///folder or hdfs://host/folder.")
  private HadoopFolder history = HadoopFolder.at("history");

  @ArgGroup(exclusive = false, heading = "Forecast a job:%n")
  private @Nullable Asked asked;

  @Mixin private TraceReport report = new TraceReport();

  @Spec private CommandSpec command = CommandSpec.create();

  /** A job as it would be submitted; what is not said is unknown. */
  private static final class Asked {
    @Option(names = "--user", paramLabel = "USER", description = "Its owner.")
    private @Nullable String user;

    @Option(names = "--name", paramLabel = "NAME", description = "The application's name.")
    private @Nullable String name;

    @Option(names = "--job", paramLabel = "JOB", description = "Its gpu.job.")
    private @Nullable String job;

    @Option(
        names = "--queue",
        paramLabel = "QUEUE",
        description = "Path of its leaf queue, such as root.research.")
    private @Nullable String queue;

    @Option(
        names = "--gpus",
        paramLabel = "GPUS",
        defaultValue = "1",
        description = "GPUs of the whole gang at its minimum width. Default: 1.")
    private int gpus = 1;

    @Option(
        names = "--runtime",
        paramLabel = "DURATION",
        description = "Its gpu.runtime, such as 90 (seconds), 15m or 2h.")
    private @Nullable String runtime;
  }

  @Override
  public Integer call() {
    return report.exitCodeOf(
        () -> {
          SimilarJobsRuntime predictor = predictor();
          if (asked == null) {
            report.print(ForecastTable.text(predictor), ForecastTable.json(predictor));
          } else {
            RuntimeForecast forecast = predictor.forecast(JobGroups.of(job(asked)));
            report.print(ForecastTable.text(forecast), ForecastTable.json(forecast));
          }
        });
  }

  private SimilarJobsRuntime predictor() throws IOException {
    if (!HistoryStore.existsIn(history)) {
      throw new IOException(
          "%s has no history. Maybe the address is wrong, or nothing has ended yet"
              .formatted(history));
    }
    Recovered recovered = HistoryStore.read(history);
    for (Recovered.Damage damage : recovered.damages()) {
      command.commandLine().getErr().printf("%s is damaged: %s%n", damage.file(), damage.why());
    }
    return recovered.predictor(SimilarJobsRuntime.GROUPS_MAX, Gate.ON);
  }

  private JobIdentity job(Asked job) {
    if (job.gpus < 1) {
      throw new ParameterException(
          command.commandLine(), "--gpus is %s but must be at least 1".formatted(job.gpus));
    }
    return new JobIdentity(
        Strings.nullToEmpty(job.user),
        Strings.nullToEmpty(job.name),
        Ascii.toLowerCase(Strings.nullToEmpty(job.job)),
        Strings.nullToEmpty(job.queue),
        job.gpus,
        job.runtime == null ? OptionalDouble.empty() : seconds(job.runtime));
  }

  private OptionalDouble seconds(String runtime) {
    Duration duration =
        DurationText.parse(runtime)
            .orElseThrow(
                () ->
                    new ParameterException(
                        command.commandLine(),
                        "--runtime is \"%s\" but must be %s"
                            .formatted(runtime, DurationText.ACCEPTED)));
    return OptionalDouble.of(duration.toMillis() / 1000.0);
  }
}
