package org.yarngpu.job;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a job says about itself. Everything is optional; a job that says nothing is scheduled
 * container by container.
 *
 * @param gang fewest members that may run, all or nothing, in [1, {@value #MEMBERS_MAX}]
 * @param gangMax most members that are of use; at least {@code gang}, and absent without it
 * @param memberGpus GPUs of each member; lets an impossible gang be refused before it asks
 * @param gangTimeout longest wait for the whole gang
 * @param checkpoint time between two checkpoints; absent: the job loses everything when evicted
 * @param runtime the user's estimate of the running time
 * @param job recurring name, in lower case: runs of one name are expected to behave alike
 * @param kind what the job is for
 * @param types preferred GPU models in lower case, best first; empty: any
 * @param share whether the job's members may share a device with others
 * @param deadline by when the job is wanted, from its submission
 * @param opportunistic whether all members ask for lent GPUs, which are on no queue's account
 */
public record Declaration(
    OptionalInt gang,
    OptionalInt gangMax,
    OptionalInt memberGpus,
    Optional<Duration> gangTimeout,
    Optional<Duration> checkpoint,
    Optional<Duration> runtime,
    Optional<String> job,
    Optional<JobKind> kind,
    ImmutableList<String> types,
    boolean share,
    Optional<Duration> deadline,
    boolean opportunistic) {

  /** Most members of a gang. */
  public static final int MEMBERS_MAX = 100_000;

  /** Most GPUs of a member; no machine has more. */
  public static final int MEMBER_GPUS_MAX = 1024;

  /** Longest name of a job, in characters. */
  public static final int JOB_LENGTH_MAX = 100;

  private static final Declaration NONE =
      new Declaration(
          OptionalInt.empty(),
          OptionalInt.empty(),
          OptionalInt.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          ImmutableList.of(),
          false);

  /** Without a deadline, on GPUs of its queue. */
  public Declaration(
      OptionalInt gang,
      OptionalInt gangMax,
      OptionalInt memberGpus,
      Optional<Duration> gangTimeout,
      Optional<Duration> checkpoint,
      Optional<Duration> runtime,
      Optional<String> job,
      Optional<JobKind> kind,
      ImmutableList<String> types,
      boolean share) {
    this(
        gang,
        gangMax,
        memberGpus,
        gangTimeout,
        checkpoint,
        runtime,
        job,
        kind,
        types,
        share,
        Optional.empty(),
        false);
  }

  public Declaration {
    checkInRange("gang", gang, MEMBERS_MAX);
    checkInRange("gangMax", gangMax, MEMBERS_MAX);
    checkInRange("memberGpus", memberGpus, MEMBER_GPUS_MAX);
    checkArgument(
        gangMax.isEmpty() || (gang.isPresent() && gangMax.getAsInt() >= gang.getAsInt()),
        "gangMax (%s) needs a gang (%s) that is not larger",
        gangMax,
        gang);
    for (Optional<Duration> duration : List.of(gangTimeout, checkpoint, runtime, deadline)) {
      checkArgument(
          duration.map(DurationText::inRange).orElse(true),
          "duration (%s) must lie in [PT1S, %s]",
          duration,
          DurationText.MAX);
    }
    job = job.map(Ascii::toLowerCase);
    types = types.stream().map(Ascii::toLowerCase).collect(ImmutableList.toImmutableList());
  }

  /** The declaration of a job that says nothing. */
  public static Declaration none() {
    return NONE;
  }

  private static void checkInRange(String field, OptionalInt value, int max) {
    checkArgument(
        value.isEmpty() || (1 <= value.getAsInt() && value.getAsInt() <= max),
        "%s (%s) must lie in [1, %s]",
        field,
        value,
        max);
  }
}
