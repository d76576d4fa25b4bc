package org.yarngpu.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.function.Supplier;
import org.yarngpu.client.GpuJobClient;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line: {@code yarn jar yarn-gpu-scheduler-<v>-tools.jar <command>}.
 *
 * <p>Exit codes: 0 done, 1 failed, 2 wrong usage or input; {@code train} and {@code serve} end with
 * the exit code of their job.
 */
@Command(
    description = "GPU jobs on Apache Hadoop YARN.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND")
public final class Main implements Runnable {

  /** How help texts call the program, where a script starts it. */
  private static final String COMMAND_PROPERTY = "yarngpu.command";

  static final int DONE = 0;
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  @Spec private CommandSpec command = CommandSpec.create();

  private Main() {}

  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, true, Charset.defaultCharset());
    PrintWriter err = new PrintWriter(System.err, true, Charset.defaultCharset());
    System.exit(run(Main::client, out, err, arguments));
  }

  private static GpuJobClient client() {
    try {
      return GpuJobClient.ofClassPath(
          OwnJar.path()
              .orElseThrow(
                  () -> new IllegalStateException("the program must be started from its jar")));
    } catch (IOException failure) {
      throw new UncheckedIOException("the program's jar cannot be found", failure);
    }
  }

  /** Runs one command and returns the exit code. */
  static int run(
      Supplier<GpuJobClient> client, PrintWriter out, PrintWriter err, String... arguments) {
    return new CommandLine(new Main())
        .setCommandName(
            System.getProperty(COMMAND_PROPERTY, "yarn jar yarn-gpu-scheduler-tools.jar"))
        .addSubcommand(new CommandLine(new TrainCommand(client)).setStopAtPositional(true))
        .addSubcommand(new CommandLine(new ServeCommand(client)).setStopAtPositional(true))
        .addSubcommand(new CommandLine(new RolloutCommand(client)))
        .addSubcommand(new CommandLine(new ScaleCommand(client)))
        .addSubcommand(new CommandLine(new TraceCommand()))
        .addSubcommand(new CommandLine(new SimulateCommand()))
        .addSubcommand(new CommandLine(new ReplayCommand()))
        .addSubcommand(new CommandLine(new EvaluateCommand()))
        .addSubcommand(new CommandLine(new PredictCommand()))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false)
        .setOut(out)
        .setErr(err)
        .setParameterExceptionHandler(Main::explain)
        .setExecutionExceptionHandler(
            (failure, line, parsed) -> {
              err.println("This is a bug of yarn-gpu-scheduler, please report it:");
              failure.printStackTrace(err);
              return FAILED;
            })
        .execute(arguments);
  }

  @Override
  public void run() {
    throw new ParameterException(command.commandLine(), "A command is missing, such as train.");
  }

  private static int explain(ParameterException failure, String[] arguments) {
    PrintWriter err = failure.getCommandLine().getErr();
    err.println(failure.getMessage());
    UnmatchedArgumentException.printSuggestions(failure, err);
    err.printf("Help: %s --help%n", failure.getCommandLine().getCommandSpec().qualifiedName());
    return WRONG_USAGE;
  }

  /** The version that the build wrote into the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      return new String[] {"yarn-gpu-scheduler " + OwnJar.version().orElse("(not from its jar)")};
    }
  }
}
