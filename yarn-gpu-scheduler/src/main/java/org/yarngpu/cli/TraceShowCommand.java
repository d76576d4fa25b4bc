package org.yarngpu.cli;

import com.google.common.collect.ImmutableSortedMap;
import java.util.concurrent.Callable;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.workload.TraceReading;
import org.yarngpu.sim.workload.TraceSummary;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints a few figures of a trace. */
@Command(
    name = "show",
    description = "Prints jobs, GPU-hours, sizes, users and groups of a trace.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class TraceShowCommand implements Callable<Integer> {

  @Mixin private TraceInput input = new TraceInput();
  @Mixin private TraceReport report = new TraceReport();

  @Option(
      names = "--gpus",
      paramLabel = "N",
      description = "Also the load that the trace offers to a cluster of so many GPUs.")
  private int gpus;

  @Override
  public Integer call() {
    return report.exitCodeOf(
        () -> {
          TraceReading reading = input.read();
          Workload workload = report.workload(reading, input.skipMalformed());
          report.print(
              ImmutableSortedMap.of("format", input.format().text()),
              TraceSummary.of(workload, TraceReport.installed(gpus), reading));
        });
  }
}
