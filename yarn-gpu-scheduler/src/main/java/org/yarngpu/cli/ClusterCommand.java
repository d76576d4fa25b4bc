package org.yarngpu.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.yarngpu.client.ClusterException;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.client.SubmissionException;
import org.yarngpu.job.JobSpecException;
import org.yarngpu.job.JobSpecReader;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that asks something of a cluster; a failure is one line and an exit code. */
abstract class ClusterCommand implements Callable<Integer> {

  @Spec CommandSpec command = CommandSpec.create();

  private final Supplier<GpuJobClient> clients;

  ClusterCommand(Supplier<GpuJobClient> clients) {
    this.clients = clients;
  }

  /** Does it and returns the exit code; wrong usage is found before a client is made. */
  abstract int run()
      throws JobSpecException, SubmissionException, ClusterException, InterruptedException;

  @Override
  public Integer call() throws InterruptedException {
    try {
      return run();
    } catch (JobSpecException | SubmissionException wrong) {
      return end(wrong, Main.WRONG_USAGE);
    } catch (ClusterException failure) {
      return end(failure, Main.FAILED);
    }
  }

  private int end(Exception reason, int exitCode) {
    command.commandLine().getErr().println(reason.getMessage());
    return exitCode;
  }

  GpuJobClient client() {
    return clients.get();
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
