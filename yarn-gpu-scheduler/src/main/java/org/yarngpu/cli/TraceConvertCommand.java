package org.yarngpu.cli;

import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.workload.TraceReading;
import org.yarngpu.sim.workload.TraceSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Writes a trace of any format in our own. */
@Command(
    name = "convert",
    description = "Writes a trace of any known format in our own.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class TraceConvertCommand implements Callable<Integer> {

  @Mixin private TraceInput input = new TraceInput();
  @Mixin private TraceReport report = new TraceReport();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      required = true,
      description = "Written there, packed if it ends with .gz.")
  private Path out = Path.of("");

  @Override
  public Integer call() {
    return report.exitCodeOf(
        () -> {
          TraceReading reading = input.read();
          Workload workload = report.workload(reading, input.skipMalformed());
          report.write(workload, out);
          report.wrote(out, TraceSummary.of(workload, OptionalInt.empty(), reading));
        });
  }
}
