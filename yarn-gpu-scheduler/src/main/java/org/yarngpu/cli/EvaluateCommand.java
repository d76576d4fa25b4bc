package org.yarngpu.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How good what predicts or scales would have been on a trace. */
@Command(
    name = "evaluate",
    description = "How good predictors, scaling policies and loans would have been on a trace.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      EvaluateRuntimeCommand.class,
      EvaluateAutoscaleCommand.class,
      EvaluateLendingCommand.class
    })
final class EvaluateCommand implements Runnable {

  @Spec private CommandSpec command = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(), "A command is missing: runtime, autoscale or lending.");
  }
}
