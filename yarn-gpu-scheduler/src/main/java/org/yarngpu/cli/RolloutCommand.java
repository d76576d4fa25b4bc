package org.yarngpu.cli;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yarngpu.client.ClusterException;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.client.SubmissionException;
import org.yarngpu.job.Release;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Has a running service change to another version, one replica after the other. */
@Command(
    name = "rollout",
    description = "Changes what the replicas of a service run, one after the other.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    customSynopsis = "rollout APPLICATION [OPTIONS] -- COMMAND...",
    footerHeading = "%nExamples:%n",
    footer = {
      "  rollout application_1700000000000_0007 --env MODEL=my/model-2 \\",
      "        -- bash -c 'exec vllm serve $MODEL --port $PORT'",
      "",
      "A release is whole: variables, files and archives that are not given are gone.",
      "The service's page and /endpoints below it tell how far it is. If replicas of it",
      "fail three times before it runs everywhere, the one before it comes back."
    })
final class RolloutCommand extends ClusterCommand {

  private static final Pattern APPLICATION = Pattern.compile("application_[0-9]+_[0-9]+");
  private static final String COMMAND_FOLLOWS = "--";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "APPLICATION",
      description = "Id of the service, as serve printed it.")
  private @Nullable String application;

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "COMMAND",
      description = "Program and arguments.")
  private List<String> words = new ArrayList<>();

  @Option(
      names = "--env",
      paramLabel = "K=V",
      description = "Environment variable of each replica; may be repeated.")
  private List<String> env = new ArrayList<>();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description =
          "Local path or URI, put into each replica's directory; FILE#NAME renames; may be repeated.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--archive",
      paramLabel = "FILE",
      description = "Like --file, unpacked into a directory of that name; may be repeated.")
  private List<String> archives = new ArrayList<>();

  RolloutCommand(Supplier<GpuJobClient> clients) {
    super(clients);
  }

  @Override
  int run() throws SubmissionException, ClusterException {
    String service = service();
    Release release = release();
    try (GpuJobClient client = client()) {
      int number = client.rollOut(service, release);
      command
          .commandLine()
          .getOut()
          .printf(
              "release %s of %s is to be rolled out; its page tells how far it is: %s%n",
              number, service, client.status(service).trackingUrl());
    }
    return Main.DONE;
  }

  private String service() {
    if (application == null) {
      throw usage("The service is missing. Maybe put its id first: rollout application_1_0001");
    }
    if (!APPLICATION.matcher(application).matches()) {
      throw usage(
          "\"%s\" is no id of an application. Maybe application_1_0001 was meant, as serve printed it."
              .formatted(application));
    }
    return application;
  }

  private Release release() {
    ImmutableList<String> program = words(words, "bash -c 'exec server --port $PORT'");
    // Without it, options of the program would be taken for options of this command.
    if (!command.commandLine().getParseResult().originalArgs().contains(COMMAND_FOLLOWS)) {
      throw usage(
          "Nothing tells where the command begins. Maybe put -- before it: -- "
              + String.join(" ", program));
    }
    return new Release(
        environment(env), ImmutableList.copyOf(files), ImmutableList.copyOf(archives), program);
  }
}
