package org.yarngpu.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.predict.AccuracyReport;
import org.yarngpu.sim.predict.Evaluation;
import org.yarngpu.sim.predict.GroupMeaning;
import org.yarngpu.sim.report.AccuracyTable;
import org.yarngpu.sim.workload.TraceFormat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints how good predictions of run times would have been on a trace. */
@Command(
    name = "runtime",
    description =
        "Predicts the run time of each job of a trace at its submission, by several predictors, and"
            + " prints how far that was off.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class EvaluateRuntimeCommand implements Callable<Integer> {

  @Option(
      names = "--trace",
      paramLabel = "FILE",
      required = true,
      description = "The trace, plain or .gz.")
  private Path trace = Path.of("");

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description =
          "gpu, swf, philly, helios, pai, openb, sls or yarn; default: what the trace looks like.")
  private @Nullable String format;

  @Option(
      names = "--groups",
      paramLabel = "MEANING",
      defaultValue = "CODE",
      description =
          "What the trace's groups are: name (digits count runs) or code (no real names; digits"
              + " tell jobs apart). Default: code.")
  private GroupMeaning groups = GroupMeaning.CODE;

  @Option(names = "--skip-malformed", description = "Go on without the malformed rows.")
  private boolean skipMalformed;

  @Mixin private TraceReport report = new TraceReport();

  @Override
  public Integer call() {
    return report.exitCodeOf(
        () -> {
          TraceFormat kind = format == null ? TraceFormat.of(trace) : TraceFormat.named(format);
          Workload workload = report.workload(kind.read(trace), skipMalformed);
          AccuracyReport accuracy = Evaluation.of(workload, groups);
          report.print(AccuracyTable.text(accuracy), AccuracyTable.json(accuracy));
        });
  }
}
