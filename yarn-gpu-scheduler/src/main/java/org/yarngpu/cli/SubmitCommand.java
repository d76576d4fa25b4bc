package org.yarngpu.cli;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
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
import org.yarngpu.job.JobSpecReader;
import org.yarngpu.job.MemoryText;
import org.yarngpu.job.Submission;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that submits something and stays with it; reads what its options say. */
abstract class SubmitCommand implements Callable<Integer> {

  @Spec CommandSpec command = CommandSpec.create();

  private final Supplier<GpuJobClient> clients;

  SubmitCommand(Supplier<GpuJobClient> clients) {
    this.clients = clients;
  }

  /** What the user wants to have submitted. */
  abstract Submission spec() throws JobSpecException;

  /** Whether to return once it is submitted. */
  abstract boolean detach();

  @Override
  public Integer call() throws InterruptedException {
    try {
      return run(spec());
    } catch (JobSpecException | SubmissionException wrong) {
      return end(wrong, Main.WRONG_USAGE);
    } catch (ClusterException failure) {
      return end(failure, Main.FAILED);
    }
  }

  private int run(Submission spec)
      throws SubmissionException, ClusterException, InterruptedException {
    try (GpuJobClient client = clients.get()) {
      SubmittedJob job = client.submit(spec);
      JobFollower follower = new JobFollower(client, job, command.commandLine().getOut());
      follower.introduce();
      return detach() ? Main.DONE : follower.untilEnd();
    }
  }

  private int end(Exception reason, int exitCode) {
    command.commandLine().getErr().println(reason.getMessage());
    return exitCode;
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

  ImmutableMap<String, String> environment(List<String> env) {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String entry : env) {
      int equals = entry.indexOf('=');
      if (equals < 0 || !JobSpecReader.isVariable(entry.substring(0, equals))) {
        throw wrong("--env", entry, "NAME=VALUE with a name of letters, digits and _");
      }
      environment.put(entry.substring(0, equals), entry.substring(equals + 1));
    }
    return ImmutableMap.copyOf(environment);
  }

  ImmutableList<String> words(List<String> words, String example) {
    if (words.isEmpty() || words.get(0).isEmpty()) {
      throw usage("The command is missing. Maybe put it at the end: -- " + example);
    }
    return ImmutableList.copyOf(words);
  }

  ParameterException wrong(String flag, String given, String accepted) {
    return usage(
        given.isEmpty()
            ? "%s is missing; it must be %s.".formatted(flag, accepted)
            : "%s is \"%s\" but must be %s.".formatted(flag, given, accepted));
  }

  ParameterException usage(String sentence) {
    return new ParameterException(command.commandLine(), sentence);
  }
}
