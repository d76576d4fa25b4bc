package org.yarngpu.job;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Range;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A training job as it is submitted: a gang of equal members that run one command.
 *
 * @param name of the application; runs of one name are expected to behave alike
 * @param queue YARN queue
 * @param workers members that start together or not at all, in [1, {@value
 *     Declaration#MEMBERS_MAX}]
 * @param workersMax most members that are of use, in [workers, {@value Declaration#MEMBERS_MAX}];
 *     more than {@code workers}: an elastic job
 * @param gpusPerWorker GPUs of each member, in [1, {@value Declaration#MEMBER_GPUS_MAX}]
 * @param vcores virtual cores of each member, in [1, {@value #VCORES_MAX}]
 * @param memoryMib host memory of each member in MiB, in [1, {@value #MEMORY_MIB_MAX}]
 * @param env environment of each member, taken literally
 * @param files local paths or URIs, each put into the members' working directory under its last
 *     name, or under {@code #name}
 * @param archives like {@code files}, but unpacked into a directory of that name
 * @param priority within the queue, in [0, {@value #PRIORITY_MAX}]; larger goes first
 * @param opportunistic whether it runs on GPUs that a queue owns and lends, until they are needed
 * @param checkpointInterval time between two checkpoints
 * @param checkpointPath a file, or the directory of files, that is written with each checkpoint: a
 *     path of any Hadoop file system; needs {@code checkpointInterval}
 * @param runtime estimate of the running time
 * @param gangTimeout longest wait for the whole gang
 * @param deadline by when the job is wanted, from its submission
 * @param maxRestarts restarts of the whole gang after failed members, in [0, {@value
 *     #RESTARTS_MAX}]
 * @param gpuTypes GPU models to run on, in lower case, best first; empty: any
 * @param command program and arguments, passed on word by word without a shell
 */
public record JobSpec(
    String name,
    String queue,
    int workers,
    int workersMax,
    int gpusPerWorker,
    int vcores,
    int memoryMib,
    ImmutableMap<String, String> env,
    ImmutableList<String> files,
    ImmutableList<String> archives,
    int priority,
    boolean opportunistic,
    Optional<Duration> checkpointInterval,
    Optional<String> checkpointPath,
    Optional<Duration> runtime,
    Optional<Duration> gangTimeout,
    Optional<Duration> deadline,
    int maxRestarts,
    ImmutableList<String> gpuTypes,
    ImmutableList<String> command)
    implements Submission {

  public static final String QUEUE_DEFAULT = "default";
  public static final int GPUS_PER_WORKER_DEFAULT = 1;
  public static final int VCORES_DEFAULT = 1;
  public static final int VCORES_MAX = 100_000;
  public static final int MEMORY_MIB_DEFAULT = 2048;
  public static final int MEMORY_MIB_MAX = 1 << 30;
  public static final int PRIORITY_DEFAULT = 0;
  public static final int PRIORITY_MAX = 1_000_000;
  public static final int MAX_RESTARTS_DEFAULT = 3;
  public static final int RESTARTS_MAX = 1000;

  public JobSpec {
    checkArgument(
        !name.isBlank() && name.length() <= Declaration.JOB_LENGTH_MAX,
        "name (%s) must have 1 to %s characters",
        name,
        Declaration.JOB_LENGTH_MAX);
    checkArgument(!queue.isBlank(), "queue must not be empty");
    checkIn("workers", workers, Range.closed(1, Declaration.MEMBERS_MAX));
    checkIn("workersMax", workersMax, Range.closed(workers, Declaration.MEMBERS_MAX));
    checkIn("gpusPerWorker", gpusPerWorker, Range.closed(1, Declaration.MEMBER_GPUS_MAX));
    checkIn("vcores", vcores, Range.closed(1, VCORES_MAX));
    checkIn("memoryMib", memoryMib, Range.closed(1, MEMORY_MIB_MAX));
    checkIn("priority", priority, Range.closed(0, PRIORITY_MAX));
    checkIn("maxRestarts", maxRestarts, Range.closed(0, RESTARTS_MAX));
    for (Optional<Duration> duration :
        List.of(checkpointInterval, runtime, gangTimeout, deadline)) {
      checkArgument(
          duration.map(DurationText::inRange).orElse(true),
          "duration (%s) must lie in [PT1S, %s]",
          duration,
          DurationText.MAX);
    }
    checkArgument(
        checkpointPath.isEmpty() || checkpointInterval.isPresent(),
        "checkpointPath (%s) needs a checkpointInterval",
        checkpointPath);
    checkArgument(!command.isEmpty() && !command.get(0).isEmpty(), "command must name a program");
  }

  /** Returns this job with its files and archives at other places. */
  @Override
  public JobSpec withFiles(ImmutableList<String> otherFiles, ImmutableList<String> otherArchives) {
    return with(new Release(env, otherFiles, otherArchives, command));
  }

  /** Returns the same that runs something else. */
  JobSpec with(Release release) {
    return new JobSpec(
        name,
        queue,
        workers,
        workersMax,
        gpusPerWorker,
        vcores,
        memoryMib,
        release.env(),
        release.files(),
        release.archives(),
        priority,
        opportunistic,
        checkpointInterval,
        checkpointPath,
        runtime,
        gangTimeout,
        deadline,
        maxRestarts,
        gpuTypes,
        release.command());
  }

  /** Whether it may run with more workers than it needs to start. */
  public boolean elastic() {
    return workersMax > workers;
  }

  /** Returns what the job tells the scheduler about itself. */
  @Override
  public Declaration declaration() {
    return new Declaration(
        OptionalInt.of(workers),
        elastic() ? OptionalInt.of(workersMax) : OptionalInt.empty(),
        OptionalInt.of(gpusPerWorker),
        gangTimeout,
        checkpointInterval,
        runtime,
        Optional.of(name),
        Optional.of(JobKind.TRAINING),
        gpuTypes,
        false,
        deadline,
        opportunistic);
  }

  private static void checkIn(String field, int value, Range<Integer> range) {
    checkArgument(range.contains(value), "%s (%s) must lie in %s", field, value, range);
  }
}
