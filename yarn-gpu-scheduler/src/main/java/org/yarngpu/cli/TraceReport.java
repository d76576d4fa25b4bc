package org.yarngpu.cli;

import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.yarngpu.sim.Workload;
import org.yarngpu.sim.workload.TraceException;
import org.yarngpu.sim.workload.TraceReading;
import org.yarngpu.sim.workload.TraceSummary;
import org.yarngpu.sim.workload.TraceWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What commands that read a trace share: malformed rows, the report and its form. */
final class TraceReport {

  @Spec(Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = "--json",
      description = "Print one JSON object on standard output, and nothing else there.")
  private boolean json;

  /** What a command does. */
  interface Action {
    void run() throws TraceException, IOException;
  }

  /** Runs it and returns the exit code. */
  int exitCodeOf(Action action) {
    try {
      action.run();
      return Main.DONE;
    } catch (TraceException wrong) {
      err().println(wrong.getMessage());
      return Main.WRONG_USAGE;
    } catch (IOException failure) {
      err().println(failure.getMessage());
      return Main.FAILED;
    }
  }

  /** The jobs of a reading; malformed rows are an error, or a warning if they may be skipped. */
  Workload workload(TraceReading reading, boolean skipMalformed) throws TraceException {
    if (!skipMalformed) {
      return reading.workload();
    }
    if (!reading.malformed().isEmpty()) {
      err().println(reading.malformedText());
      err().printf("%s malformed rows are skipped.%n", reading.malformed().size());
    }
    return reading.workloadOfTheRest();
  }

  /** Writes the workload. */
  void write(Workload workload, Path out) throws IOException {
    try {
      TraceWriter.write(workload, out);
    } catch (NoSuchFileException missing) {
      throw new IOException("%s: there is no such directory.".formatted(out), missing);
    } catch (IOException failure) {
      throw new IOException("%s cannot be written: %s".formatted(out, failure), failure);
    }
  }

  /** Reports a file that was written. */
  void wrote(Path out, TraceSummary summary) {
    print(ImmutableSortedMap.of("out", out.toString()), summary);
  }

  void print(ImmutableSortedMap<String, String> head, TraceSummary summary) {
    PrintWriter out = command.commandLine().getOut();
    if (json) {
      out.println(summary.json(head));
      return;
    }
    head.forEach((name, value) -> out.printf("%-17s %s%n", name, value));
    out.print(summary.text());
    out.flush();
  }

  /** Prints what was found, in the form that was asked for. */
  void print(String text, String object) {
    PrintWriter out = command.commandLine().getOut();
    out.print(json ? object + "\n" : text);
    out.flush();
  }

  static OptionalInt installed(int gpus) {
    return gpus > 0 ? OptionalInt.of(gpus) : OptionalInt.empty();
  }

  private PrintWriter err() {
    return command.commandLine().getErr();
  }
}
