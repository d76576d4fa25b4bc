package org.yarngpu.cli;

import com.google.common.base.Strings;
import com.google.common.primitives.Ints;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.yarngpu.client.ClusterException;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.client.SubmissionException;
import org.yarngpu.client.SubmittedJob;
import org.yarngpu.job.Declaration;
import org.yarngpu.job.DeclarationName;
import org.yarngpu.job.DurationText;
import org.yarngpu.job.JobSpecException;
import org.yarngpu.job.MemoryText;
import org.yarngpu.job.Submission;

/** A command that submits something and stays with it; reads what its options say. */
abstract class SubmitCommand extends ClusterCommand {

  SubmitCommand(Supplier<GpuJobClient> clients) {
    super(clients);
  }

  /** What the user wants to have submitted. */
  abstract Submission spec() throws JobSpecException;

  /** Whether to return once it is submitted. */
  abstract boolean detach();

  @Override
  int run() throws JobSpecException, SubmissionException, ClusterException, InterruptedException {
    Submission spec = spec();
    try (GpuJobClient client = client()) {
      SubmittedJob job = client.submit(spec);
      JobFollower follower = new JobFollower(client, job, command.commandLine().getOut());
      follower.introduce();
      return detach() ? Main.DONE : follower.untilEnd();
    }
  }

  String name(@Nullable String name) {
    String given = Strings.nullToEmpty(name);
    boolean printable = given.chars().allMatch(character -> ' ' <= character && character <= '~');
    if (given.isBlank() || given.length() > Declaration.JOB_LENGTH_MAX || !printable) {
      throw wrong("--name", given, DeclarationName.JOB.accepted());
    }
    return given;
  }

  String queue(String queue) {
    if (queue.isBlank()) {
      throw wrong("--queue", queue, "the name of a queue");
    }
    return queue;
  }

  int number(String flag, String given, int min, int max) {
    Integer number = Ints.tryParse(given);
    if (number == null || number < min || number > max) {
      throw wrong(flag, given, "a whole number from %s to %s".formatted(min, max));
    }
    return number;
  }

  int memoryMib(String memory) {
    return MemoryText.parseMib(memory)
        .orElseThrow(() -> wrong("--memory", memory, MemoryText.ACCEPTED));
  }

  Optional<Duration> duration(String flag, @Nullable String given) {
    if (given == null) {
      return Optional.empty();
    }
    Optional<Duration> duration = DurationText.parse(given);
    if (duration.isEmpty()) {
      throw wrong(flag, given, DurationText.ACCEPTED);
    }
    return duration;
  }
}
