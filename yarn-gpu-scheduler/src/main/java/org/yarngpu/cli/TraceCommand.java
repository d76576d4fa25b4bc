package org.yarngpu.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done with workloads for the simulator. */
@Command(
    name = "trace",
    description = "Workloads for the simulator: import, convert, generate, show.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TraceImportCommand.class,
      TraceConvertCommand.class,
      TraceGenerateCommand.class,
      TraceShowCommand.class
    })
final class TraceCommand implements Runnable {

  @Spec private CommandSpec command = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(), "A command is missing: import, convert, generate or show.");
  }
}
