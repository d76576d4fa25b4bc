package org.yarngpu.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.yarngpu.journal.Cycle;
import org.yarngpu.journal.JournalException;
import org.yarngpu.journal.JournalReader;
import org.yarngpu.model.PolicyName;
import org.yarngpu.sim.QueueFile;
import org.yarngpu.sim.QueueFileException;
import org.yarngpu.sim.replay.CycleChanges;
import org.yarngpu.sim.replay.JsonReport;
import org.yarngpu.sim.replay.OtherQueues;
import org.yarngpu.sim.replay.Replay;
import org.yarngpu.sim.replay.ReplayReport;
import org.yarngpu.sim.replay.Tally;
import org.yarngpu.sim.replay.TextReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Plans the cycles of a ResourceManager's journal again. */
@Command(
    name = "replay",
    description = {
      "Plans the cycles of a ResourceManager's journal again, and shows what would be decided"
          + " otherwise.",
      "Without --queues and --policy nothing should be: a difference ends with exit code 1. Each"
          + " cycle is judged alone: the next snapshot is still the recorded one."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false)
final class ReplayCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "JOURNAL",
      description =
          "The folder of journal.dir, one of its files, or a gpu-scheduler-failed-cycle.json.")
  private Path journal = Path.of("");

  @Option(
      names = "--queues",
      paramLabel = "FILE",
      description =
          "A capacity-scheduler.xml: its capacities and maxima replace the recorded ones, by path;"
              + " use, priorities, user limits and shares under node labels stay.")
  private @Nullable Path queues;

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description =
          "priority or predicted, in place of the recorded one; what that had reserved, promised or"
              + " evicted is left out. Cycles recorded under priority hold no forecasts.")
  private @Nullable String policy;

  @Option(
      names = "--json",
      description = "Print one JSON object on standard output, and nothing else there.")
  private boolean json;

  @Spec private CommandSpec command = CommandSpec.create();

  @Override
  public Integer call() {
    try {
      Replay replay = replay();
      Tally tally = replayAll(replay);
      return replay.isExact() && tally.differing() > 0 ? Main.FAILED : Main.DONE;
    } catch (JournalException | QueueFileException wrong) {
      command.commandLine().getErr().println(wrong.getMessage());
      return Main.WRONG_USAGE;
    } catch (IOException failure) {
      command.commandLine().getErr().println(failure);
      return Main.FAILED;
    }
  }

  private Replay replay() throws IOException, QueueFileException {
    return queues == null && policy == null
        ? Replay.exact()
        : Replay.with(
            queues == null
                ? Optional.empty()
                : Optional.of(new OtherQueues(queues, QueueFile.read(queues))),
            Optional.ofNullable(policy).map(this::policy));
  }

  private PolicyName policy(String name) {
    try {
      return PolicyName.of(name);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          command.commandLine(),
          "--policy is \"%s\" but must be priority or predicted.".formatted(name),
          e);
    }
  }

  private Tally replayAll(Replay replay) throws IOException, JournalException, QueueFileException {
    PrintWriter out = command.commandLine().getOut();
    Tally tally = new Tally();
    try (JournalReader reader = JournalReader.open(journal)) {
      ReplayReport report = json ? new JsonReport(out) : new TextReport(out, replay.isExact());
      for (Cycle cycle = reader.next(); cycle != null; cycle = reader.next()) {
        CycleChanges changes = replay.of(cycle);
        tally.add(changes);
        report.cycle(changes);
      }
      tally.torn(reader.tornLines());
      report.end(tally);
    }
    return tally;
  }
}
