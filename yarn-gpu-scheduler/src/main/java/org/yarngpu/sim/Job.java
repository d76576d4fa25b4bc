package org.yarngpu.sim;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.util.Comparator;
import java.util.OptionalLong;

/**
 * A training job of a trace: what a scheduler is told, and how long it really runs.
 *
 * @param id unique within its workload
 * @param submitMs since the start of the trace, at least 0
 * @param runMs the truth: how long it computes on GPUs of speed 1 when nothing disturbs it, at
 *     least 0; no scheduler is told, only the oracles
 * @param members how many run together, all or none, at least 1
 * @param gpusPerMember whole devices that one member takes on one node, at least 1
 * @param deviceShare the part of each of its devices that it can use, above 0 and at most 1; a
 *     member holds its devices whole, since no scheduler here shares them yet
 * @param user owner; empty if the trace does not say
 * @param group what names a recurring job, such as its name; empty if the trace does not say
 * @param queue as the trace names it; empty if it does not say
 * @param priority within its queue, higher goes first; 0 is usual
 * @param gpuModel the model that it may run on, or several, best first, with + between them; empty
 *     if any will do
 * @param estimateMs the user's own estimate of {@code runMs}
 * @param checkpointMs how often it saves its work; at every moment if absent
 */
public record Job(
    String id,
    long submitMs,
    long runMs,
    int members,
    int gpusPerMember,
    double deviceShare,
    String user,
    String group,
    String queue,
    int priority,
    String gpuModel,
    OptionalLong estimateMs,
    OptionalLong checkpointMs) {

  /** By submission, ties by id, so that equal times give equal runs. */
  public static final Comparator<Job> BY_SUBMISSION =
      Comparator.comparingLong(Job::submitMs).thenComparing(Job::id);

  private static final Splitter MODELS = Splitter.on('+').trimResults().omitEmptyStrings();

  public Job {
    checkArgument(!id.isEmpty(), "a job needs an id");
    checkArgument(submitMs >= 0, "submitMs (%s) of job %s must be at least 0", submitMs, id);
    checkArgument(runMs >= 0, "runMs (%s) of job %s must be at least 0", runMs, id);
    checkArgument(members >= 1, "members (%s) of job %s must be at least 1", members, id);
    checkArgument(
        gpusPerMember >= 1, "gpusPerMember (%s) of job %s must be at least 1", gpusPerMember, id);
    checkArgument(
        deviceShare > 0 && deviceShare <= 1,
        "deviceShare (%s) of job %s must lie in (0, 1]",
        deviceShare,
        id);
  }

  /** The models that it may run on, best first; none if any will do. */
  public ImmutableList<String> gpuModels() {
    return ImmutableList.copyOf(MODELS.split(gpuModel));
  }

  /** GPUs of all members. */
  public int gpus() {
    return Math.multiplyExact(members, gpusPerMember);
  }

  public Job submittedAt(long newSubmitMs) {
    return with(newSubmitMs, queue);
  }

  public Job inQueue(String newQueue) {
    return with(submitMs, newQueue);
  }

  private Job with(long newSubmitMs, String newQueue) {
    return new Job(
        id,
        newSubmitMs,
        runMs,
        members,
        gpusPerMember,
        deviceShare,
        user,
        group,
        newQueue,
        priority,
        gpuModel,
        estimateMs,
        checkpointMs);
  }
}
