package org.yarngpu.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.yarngpu.history.HistoryStore;
import org.yarngpu.history.hadoop.HadoopFolder;
import org.yarngpu.predict.SimilarJobsRuntime;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.predict.GroupMeaning;
import org.yarngpu.sim.predict.Lessons;
import org.yarngpu.sim.report.ForecastTable;
import org.yarngpu.sim.workload.RmHistory;
import org.yarngpu.sim.workload.TraceException;
import org.yarngpu.sim.workload.TraceFormat;
import org.yarngpu.sim.workload.TraceReading;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Learns from what a cluster has run before it had this scheduler. */
@Command(
    name = "seed",
    description =
        "Learns from finished applications and writes a history that a ResourceManager starts from.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  predict seed --from answers --out file:///var/lib/hadoop-yarn/gpu-history",
      "  predict seed --rm http://rm.example.org:8088 --out hdfs://nn/yarn/gpu-history"
    })
final class PredictSeedCommand implements Callable<Integer> {

  @ArgGroup(multiplicity = "1")
  private Source source = new Source();

  @Option(
      names = "--groups",
      paramLabel = "MEANING",
      defaultValue = "NAME",
      description =
          "What the groups of a --trace are: name (digits count runs) or code (no real names; digits"
              + " tell jobs apart). Default: name.")
  private GroupMeaning groups = GroupMeaning.NAME;

  @Option(
      names = "--out",
      paramLabel = "FOLDER",
      required = true,
      converter = HistoryFolder.class,
      description = "Address of the folder, such as file:///folder or hdfs://host/folder.")
  private HadoopFolder out = HadoopFolder.at("history");

  @Option(names = "--replace", description = "Replace the history that is there.")
  private boolean replace;

  @Option(names = "--skip-malformed", description = "Go on without the malformed rows.")
  private boolean skipMalformed;

  @Mixin private TraceReport report = new TraceReport();

  @Spec private CommandSpec command = CommandSpec.create();

  /** One of the three. */
  private static final class Source {
    @Option(
        names = "--rm",
        paramLabel = "URL",
        description = "Web address of the ResourceManager, http or https.")
    private @Nullable String rm;

    @Option(
        names = "--from",
        paramLabel = "PATH",
        description = "A saved answer of /ws/v1/cluster/apps, or a directory of them.")
    private @Nullable Path from;

    @Option(names = "--trace", paramLabel = "FILE", description = "A trace of any known format.")
    private @Nullable Path trace;

    TraceReading read() throws TraceException, IOException {
      if (rm != null) {
        return RmHistory.read(rm);
      }
      if (from != null) {
        return TraceFormat.YARN.read(from);
      }
      Path file = trace == null ? Path.of("") : trace;
      return TraceFormat.of(file).read(file);
    }
  }

  @Override
  public Integer call() {
    return report.exitCodeOf(
        () -> {
          if (!replace && HistoryStore.existsIn(out)) {
            throw new ParameterException(
                command.commandLine(),
                "%s has a history. Maybe replace it: --replace".formatted(out));
          }
          TraceReading reading = source.read();
          Workload jobs = report.workload(reading, skipMalformed);
          SimilarJobsRuntime predictor = Lessons.learned(jobs, reading, groups);
          HistoryStore.replace(out, Clock.systemUTC(), predictor.snapshot());
          report.print(ForecastTable.text(predictor), ForecastTable.json(predictor));
        });
  }
}
