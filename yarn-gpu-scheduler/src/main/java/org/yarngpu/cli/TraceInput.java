package org.yarngpu.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.yarngpu.sim.workload.TraceException;
import org.yarngpu.sim.workload.TraceFormat;
import org.yarngpu.sim.workload.TraceReading;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The trace that a command reads. */
final class TraceInput {

  @Parameters(paramLabel = "TRACE", description = "The trace, plain or .gz.")
  private Path trace = Path.of("");

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description =
          "gpu, swf, philly, helios, pai, openb, sls or yarn; default: what the trace looks like.")
  private @Nullable String format;

  @Option(names = "--skip-malformed", description = "Go on without the malformed rows.")
  private boolean skipMalformed;

  boolean skipMalformed() {
    return skipMalformed;
  }

  TraceFormat format() throws TraceException {
    return format == null ? TraceFormat.of(trace) : TraceFormat.named(format);
  }

  TraceReading read() throws TraceException {
    return format().read(trace);
  }
}
