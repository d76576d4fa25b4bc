package org.yarngpu.job;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * An inference service as it is submitted: equal replicas that run one command and do not know of
 * each other.
 *
 * @param replica the service as a job of one worker: what each replica is
 * @param min fewest replicas, at least 0
 * @param max most replicas, at least 1 and {@code min}, at most {@value Declaration#MEMBERS_MAX}
 * @param sloMs what the 99th percentile of the response time should stay below, positive
 * @param serviceRate requests per second that one replica serves, positive; empty: measured
 * @param concurrency requests that a replica works at together, in [1, {@value #CONCURRENCY_MAX}]
 * @param portVariable environment variable that tells a replica where to listen
 * @param health path that answers 2xx or 3xx when a replica can serve; empty: its port is open
 * @param load where the load is read
 * @param startTimeout longest time from the start of a replica until it can serve
 * @param drain longest time that a replica keeps to finish its requests
 * @param shrinkAfter replicas go when none of the loads of this time needed them
 * @param registry whether YARN's registry is told the endpoints, too
 */
public record ServiceSpec(
    JobSpec replica,
    int min,
    int max,
    int sloMs,
    OptionalDouble serviceRate,
    int concurrency,
    String portVariable,
    Optional<String> health,
    LoadOrigin load,
    Duration startTimeout,
    Duration drain,
    Duration shrinkAfter,
    boolean registry)
    implements Submission {

  public static final int CONCURRENCY_MAX = 100_000;
  public static final int SLO_MS_MAX = 86_400_000;

  public ServiceSpec {
    checkArgument(replica.workers() == 1, "a replica is one worker, not %s", replica.workers());
    checkArgument(
        0 <= min && min <= max && 1 <= max && max <= Declaration.MEMBERS_MAX,
        "replicas must be 0 <= min <= max and 1 <= max <= %s, but are %s and %s",
        Declaration.MEMBERS_MAX,
        min,
        max);
    checkArgument(1 <= sloMs && sloMs <= SLO_MS_MAX, "sloMs (%s) is out of range", sloMs);
    checkArgument(
        serviceRate.isEmpty()
            || (serviceRate.getAsDouble() > 0 && Double.isFinite(serviceRate.getAsDouble())),
        "serviceRate (%s) must be positive",
        serviceRate);
    checkArgument(
        1 <= concurrency && concurrency <= CONCURRENCY_MAX,
        "concurrency (%s) must lie in [1, %s]",
        concurrency,
        CONCURRENCY_MAX);
    checkArgument(JobSpecReader.isVariable(portVariable), "%s is no variable's name", portVariable);
  }

  @Override
  public String name() {
    return replica.name();
  }

  @Override
  public String queue() {
    return replica.queue();
  }

  @Override
  public int priority() {
    return replica.priority();
  }

  @Override
  public ImmutableList<String> files() {
    return replica.files();
  }

  @Override
  public ImmutableList<String> archives() {
    return replica.archives();
  }

  @Override
  public ServiceSpec withFiles(
      ImmutableList<String> otherFiles, ImmutableList<String> otherArchives) {
    return with(new Release(replica.env(), otherFiles, otherArchives, replica.command()));
  }

  /** Returns the same service with replicas that run something else. */
  public ServiceSpec with(Release release) {
    return new ServiceSpec(
        replica.with(release),
        min,
        max,
        sloMs,
        serviceRate,
        concurrency,
        portVariable,
        health,
        load,
        startTimeout,
        drain,
        shrinkAfter,
        registry);
  }

  /** A gang of one: each replica starts as soon as it fits. */
  @Override
  public Declaration declaration() {
    return new Declaration(
        OptionalInt.of(1),
        OptionalInt.empty(),
        OptionalInt.of(replica.gpusPerWorker()),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(name()),
        Optional.of(JobKind.INFERENCE),
        ImmutableList.of(),
        false);
  }
}
