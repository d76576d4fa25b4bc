package org.yarngpu.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.workload.RmHistory;
import org.yarngpu.sim.workload.TraceException;
import org.yarngpu.sim.workload.TraceFormat;
import org.yarngpu.sim.workload.TraceReading;
import org.yarngpu.sim.workload.TraceSummary;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Turns the history of a YARN cluster into a trace. */
@Command(
    name = "import",
    description = "Turns the history of your own YARN cluster into a trace.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footerHeading = "%nExamples:%n",
    footer = {
      "  trace import --rm http://rm.example.org:8088 --out mine.csv",
      "",
      "  curl --negotiate -u : -o answers/$(date +%%F).json \\",
      "      'https://rm.example.org:8090/ws/v1/cluster/apps?deSelects=resourceRequests'",
      "  trace import --from answers --out mine.csv"
    })
final class TraceImportCommand implements Callable<Integer> {

  @ArgGroup(multiplicity = "1")
  private Source source = new Source();

  @Mixin private TraceReport report = new TraceReport();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "Written there, packed if it ends with .gz.")
  private Path out = Path.of("");

  @Option(names = "--skip-malformed", description = "Go on without the malformed applications.")
  private boolean skipMalformed;

  /** One of the two. */
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

    TraceReading read() throws TraceException, IOException {
      return rm != null
          ? RmHistory.read(rm)
          : TraceFormat.YARN.read(from == null ? Path.of("") : from);
    }
  }

  @Override
  public Integer call() {
    return report.exitCodeOf(
        () -> {
          TraceReading reading = source.read();
          Workload workload = report.workload(reading, skipMalformed);
          report.write(workload, out);
          report.wrote(out, TraceSummary.of(workload, OptionalInt.empty(), reading));
        });
  }
}
