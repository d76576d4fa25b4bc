package org.yarngpu.cli;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.job.Contract;
import org.yarngpu.job.Declaration;
import org.yarngpu.job.DeclarationName;
import org.yarngpu.job.JobSpec;
import org.yarngpu.job.JobSpecException;
import org.yarngpu.job.JobSpecReader;
import org.yarngpu.job.Workers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Submits a training job: a gang of equal workers that run one command. */
@Command(
    name = "train",
    description = "Runs a training job: equal workers that start together, or not at all.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    customSynopsis = {
      "train --name NAME --workers N[..M] [OPTIONS] -- COMMAND...",
      "train --job-file FILE [--detach]"
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  train --name resnet --workers 8 --gpus-per-worker 4 --memory 64g \\",
      "        --checkpoint-interval 15m --file train.py -- python train.py",
      "  train --name hello --workers 2 -- bash -c 'echo rank $RANK of $WORLD_SIZE'",
      "  train --job-file job.yaml --detach",
      "",
      "Each worker finds RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT",
      "in its environment, as PyTorch, Horovod and MPI programs expect. If a worker",
      "fails, all are started again. The exit code is the job's: 0, or that of the",
      "first failed worker; 1 if the job was killed; 2 for wrong usage."
    })
final class TrainCommand extends SubmitCommand {

  private static final String JOB_FILE = "--job-file";
  private static final String DETACH = "--detach";
  private static final String JOB_FILE_SAYS_ALL =
      " cannot be given together with " + JOB_FILE + ", which says everything about the job.";

  @Option(names = "--name", paramLabel = "NAME", description = "Name of the job.")
  private @Nullable String name;

  @Option(
      names = "--queue",
      paramLabel = "QUEUE",
      description = "YARN queue; default: " + JobSpec.QUEUE_DEFAULT + ".")
  private String queue = JobSpec.QUEUE_DEFAULT;

  @Option(
      names = "--workers",
      paramLabel = "N[..M]",
      description =
          "Workers, all or none; 2..8: at least 2, up to 8 while GPUs are idle. To grow and shrink"
              + " while it runs the job needs --checkpoint-interval.")
  private @Nullable String workers;

  @Option(
      names = "--gpus-per-worker",
      paramLabel = "N",
      description = "GPUs of each worker; default: " + JobSpec.GPUS_PER_WORKER_DEFAULT + ".")
  private String gpusPerWorker = Integer.toString(JobSpec.GPUS_PER_WORKER_DEFAULT);

  @Option(
      names = "--vcores",
      paramLabel = "N",
      description = "Virtual cores of each worker; default: " + JobSpec.VCORES_DEFAULT + ".")
  private String vcores = Integer.toString(JobSpec.VCORES_DEFAULT);

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description =
          "Host memory of each worker, such as 4g, 512m or MiB; default: "
              + JobSpec.MEMORY_MIB_DEFAULT
              + ".")
  private String memory = Integer.toString(JobSpec.MEMORY_MIB_DEFAULT);

  @Option(
      names = "--env",
      paramLabel = "K=V",
      description = "Environment variable of each worker; may be repeated.")
  private List<String> env = new ArrayList<>();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description =
          "Local path or URI, put into each worker's directory; FILE#NAME renames; may be repeated.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--archive",
      paramLabel = "FILE",
      description = "Like --file, unpacked into a directory of that name; may be repeated.")
  private List<String> archives = new ArrayList<>();

  @Option(
      names = "--priority",
      paramLabel = "N",
      description = "Priority in the queue, larger goes first; default: 0.")
  private String priority = Integer.toString(JobSpec.PRIORITY_DEFAULT);

  @Option(
      names = "--opportunistic",
      description =
          "Run on GPUs that a queue owns and lends, until they are needed; save often, or be short.")
  private boolean opportunistic;

  @Option(
      names = "--checkpoint-interval",
      paramLabel = "TIME",
      description = "Time between checkpoints, such as 15m; a job with checkpoints may be evicted.")
  private @Nullable String checkpointInterval;

  @Option(
      names = "--checkpoint-path",
      paramLabel = "PATH",
      description =
          "File or directory that each checkpoint is written to, on any Hadoop file system: shows"
              + " what an eviction would cost.")
  private @Nullable String checkpointPath;

  @Option(
      names = "--runtime",
      paramLabel = "TIME",
      description = "Estimated running time, such as 2h.")
  private @Nullable String runtime;

  @Option(
      names = "--gang-timeout",
      paramLabel = "TIME",
      description = "Longest wait for all workers, such as 1d; default: no limit.")
  private @Nullable String gangTimeout;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description = "By when it should be done, from now, such as 6h; counts in some queues.")
  private @Nullable String deadline;

  @Option(
      names = "--max-restarts",
      paramLabel = "N",
      description = "Restarts after failed workers; default: " + JobSpec.MAX_RESTARTS_DEFAULT + ".")
  private String maxRestarts = Integer.toString(JobSpec.MAX_RESTARTS_DEFAULT);

  @Option(
      names = "--gpu-type",
      paramLabel = "MODELS",
      description = "GPU models to run on, best first, such as a100+v100; default: any.")
  private @Nullable String gpuType;

  @Option(names = DETACH, description = "Return once the job is submitted, and leave it running.")
  private boolean detach;

  @Option(
      names = JOB_FILE,
      paramLabel = "FILE",
      description = "YAML or JSON file that describes the job, instead of all other options.")
  private @Nullable String jobFile;

  @Parameters(paramLabel = "COMMAND", arity = "0..*", description = "Program and arguments.")
  private List<String> words = new ArrayList<>();

  TrainCommand(Supplier<GpuJobClient> clients) {
    super(clients);
  }

  @Override
  boolean detach() {
    return detach;
  }

  @Override
  JobSpec spec() throws JobSpecException {
    return jobFile == null ? ofFlags() : ofFile(jobFile);
  }

  private JobSpec ofFile(String file) throws JobSpecException {
    for (OptionSpec option : command.commandLine().getParseResult().matchedOptions()) {
      String flag = option.longestName();
      if (!flag.equals(JOB_FILE) && !flag.equals(DETACH)) {
        throw usage(flag + JOB_FILE_SAYS_ALL);
      }
    }
    if (!words.isEmpty()) {
      throw usage("A command" + JOB_FILE_SAYS_ALL);
    }
    return JobSpecReader.read(Path.of(file));
  }

  private JobSpec ofFlags() {
    Workers range = workers();
    return new JobSpec(
        name(name),
        queue(queue),
        range.min(),
        range.max(),
        number("--gpus-per-worker", gpusPerWorker, 1, Declaration.MEMBER_GPUS_MAX),
        number("--vcores", vcores, 1, JobSpec.VCORES_MAX),
        memoryMib(memory),
        environment(env),
        ImmutableList.copyOf(files),
        ImmutableList.copyOf(archives),
        number("--priority", priority, 0, JobSpec.PRIORITY_MAX),
        opportunistic,
        duration("--checkpoint-interval", checkpointInterval),
        checkpointPath(),
        duration("--runtime", runtime),
        duration("--gang-timeout", gangTimeout),
        duration("--deadline", deadline),
        number("--max-restarts", maxRestarts, 0, JobSpec.RESTARTS_MAX),
        gpuTypes(),
        words(words, "python train.py"));
  }

  private Workers workers() {
    String given = Strings.nullToEmpty(workers);
    return Workers.parse(given).orElseThrow(() -> wrong("--workers", given, Workers.ACCEPTED));
  }

  private ImmutableList<String> gpuTypes() {
    String given = gpuType;
    if (given == null) {
      return ImmutableList.of();
    }
    return Contract.models(given)
        .orElseThrow(() -> wrong("--gpu-type", given, DeclarationName.TYPE.accepted()));
  }

  private Optional<String> checkpointPath() {
    if (checkpointPath == null) {
      return Optional.empty();
    }
    if (checkpointPath.isBlank()) {
      throw wrong("--checkpoint-path", checkpointPath, "a path");
    }
    if (checkpointInterval == null) {
      throw usage("--checkpoint-path needs --checkpoint-interval.");
    }
    return Optional.of(checkpointPath);
  }
}
