package org.yarngpu.appmaster.train;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.exceptions.InvalidResourceRequestException;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.appmaster.GangRequester;
import org.yarngpu.appmaster.MasterProcess;
import org.yarngpu.appmaster.MemberExit;
import org.yarngpu.appmaster.MemberLauncher;
import org.yarngpu.appmaster.Outcome;
import org.yarngpu.job.DeviceEnvironment;
import org.yarngpu.job.JobSpec;
import org.yarngpu.job.JobSpecException;
import org.yarngpu.job.JobSpecReader;

/**
 * The application master of {@code train}: asks for the gang, starts it when it is whole, restarts
 * it whole when a member fails, and says at the end how it went.
 *
 * <p>One thread: each heartbeat brings news, the news go into {@link GangRestart}, and its state
 * says what to do. Members are started by a pool, since each start is a call to another node.
 */
public final class TrainAppMaster {

  private static final Logger LOG = LoggerFactory.getLogger(TrainAppMaster.class);

  private static final Duration HEARTBEAT_WAITING = Duration.ofMillis(250);
  private static final Duration HEARTBEAT_RUNNING = Duration.ofSeconds(1);

  /** Members that come so soon after others start together with them. */
  private static final Duration SETTLE = Duration.ofSeconds(3);

  private static final int START_THREADS_MAX = 16;
  private static final String MASTER_PORT = "MASTER_PORT";

  private final JobSpec spec;
  private final GangRequester requester;
  private final MemberLauncher launcher;
  private final Optional<CheckpointWatch> checkpoints;
  private final GangRestart gang;
  private final Map<ContainerId, Container> containers = new HashMap<>();
  private final Map<ContainerId, String> names = new HashMap<>();
  private final Set<ContainerId> noticed = new HashSet<>();
  private boolean stopped;
  private long waitingSinceNanos;
  private long lastCameNanos;

  private TrainAppMaster(
      JobSpec spec,
      GangRequester requester,
      MemberLauncher launcher,
      Optional<CheckpointWatch> checkpoints) {
    this.spec = spec;
    this.requester = requester;
    this.launcher = launcher;
    this.checkpoints = checkpoints;
    this.gang = new GangRestart(spec.workers(), spec.workersMax(), spec.maxRestarts());
  }

  /** Takes the job file, the client's configuration, and the staging directory to remove. */
  public static void main(String[] arguments)
      throws IOException, YarnException, JobSpecException, InterruptedException {
    JobSpec spec = JobSpecReader.read(Path.of(arguments[0]));
    Configuration conf = MasterProcess.configuration(arguments[1]);
    MasterProcess.run(conf, arguments[2], "", cluster -> run(spec, cluster));
  }

  private static Outcome run(JobSpec spec, MasterProcess.Cluster cluster)
      throws IOException, YarnException, InterruptedException {
    TrainAppMaster master =
        new TrainAppMaster(
            spec,
            cluster.requester(spec),
            cluster.launcher(spec),
            CheckpointWatch.of(spec, cluster.conf()));
    try {
      master.checkpoints.ifPresent(CheckpointWatch::start);
      return master.untilDone();
    } catch (InvalidResourceRequestException refused) {
      return Outcome.failed("The ResourceManager refuses the gang: " + refused.getMessage());
    }
  }

  private Outcome untilDone() throws IOException, YarnException, InterruptedException {
    ask();
    while (gang.state() != GangRestart.State.SUCCEEDED
        && gang.state() != GangRestart.State.FAILED) {
      Thread.sleep(heartbeatPeriod().toMillis());
      checkpoints
          .map(CheckpointWatch::savedMs)
          .ifPresent(savedMs -> savedMs.ifPresent(requester::saved));
      follow(requester.heartbeat(gang.progress()));
      if (isWaiting() && gang.isWhole() && (gang.isFull() || hasSettled())) {
        start();
      }
      if (!gang.joining().isEmpty() && hasSettled() && noticed.isEmpty()) {
        widen();
      }
      if (isWaiting() && hasTimedOut()) {
        return timeout();
      }
    }
    return gang.state() == GangRestart.State.SUCCEEDED
        ? Outcome.succeeded(gang.width(), gang.restarts())
        : failure();
  }

  private boolean isWaiting() {
    return gang.state() == GangRestart.State.WAITING;
  }

  private Duration heartbeatPeriod() {
    return isWaiting() ? HEARTBEAT_WAITING : HEARTBEAT_RUNNING;
  }

  private void ask() {
    containers.keySet().retainAll(gang.live());
    names.clear();
    noticed.clear();
    stopped = false;
    waitingSinceNanos = System.nanoTime();
    lastCameNanos = waitingSinceNanos; // those that joined wait for the others
    askForMissing(gang.live().size());
    LOG.info(
        "Asked for {} to {} members with {} GPUs each",
        spec.workers(),
        spec.workersMax(),
        spec.gpusPerWorker());
  }

  /** Asks for all that are of use beside those that it has to start with. */
  private void askForMissing(int held) {
    requester.ask(spec.workersMax() - requester.outstanding() - held);
  }

  private boolean hasSettled() {
    return System.nanoTime() - lastCameNanos >= SETTLE.toNanos();
  }

  /** Only a job that saves its work can take members while it runs. */
  private boolean mayChange() {
    return spec.elastic() && spec.checkpointInterval().isPresent();
  }

  /**
   * Stops those that run, so that they save their work, and starts anew with those that have come.
   * Asks for their successors at once: nobody else gets the GPUs in between.
   */
  private void widen() {
    if (!gang.isRunningWhole()) {
      gang.joining().forEach(requester::release);
      gang.dropJoining();
      return;
    }
    LOG.info(
        "{} more members have come; the gang of {} is started anew with them",
        gang.joining().size(),
        gang.width());
    gang.widen();
    askForMissing(gang.joining().size());
    stopAll(gang.live());
  }

  private void follow(GangRequester.Heartbeat news) {
    boolean shrinks = !news.noticed().isEmpty() && !news.noticed().containsAll(gang.live());
    if (mayChange() && noticed.isEmpty() && shrinks && gang.isRunningWhole()) {
      askForMissing(gang.joining().size()); // before the members that go on are gone
    }
    noticed.addAll(news.noticed());
    for (Container container : news.allocated()) {
      if (gang.take(container.getId())) {
        containers.put(container.getId(), container);
        lastCameNanos = System.nanoTime();
      } else if (mayChange() && gang.join(container.getId())) {
        containers.put(container.getId(), container);
        lastCameNanos = System.nanoTime();
      } else {
        requester.release(container.getId());
      }
    }
    for (ContainerStatus status : news.completed()) {
      exit(MemberExit.of(status, !noticed.isEmpty())); // all are told to save
    }
    if (gang.state() == GangRestart.State.STOPPING
        && !stopped
        && Collections.disjoint(gang.live(), news.noticed())) {
      stopAll(gang.live());
    }
  }

  /** Feeds an end to the gang and acts on what it changes. */
  private void exit(MemberExit exit) {
    GangRestart.State before = gang.state();
    boolean known = gang.live().contains(exit.id());
    gang.exit(exit);
    if (known && before == GangRestart.State.WAITING) {
      requester.ask(1);
    }
    if (before == GangRestart.State.RUNNING && !exit.succeeded() && known) {
      LOG.info("{}; stopping the other {} members", words(exit), gang.live().size());
      if (exit.cause() == MemberExit.Cause.OWN) {
        stopAll(gang.live());
      }
    }
    if (before != GangRestart.State.WAITING && gang.state() == GangRestart.State.WAITING) {
      ask();
    }
  }

  private void start() throws InterruptedException {
    RankTable table = RankTable.of(containers.values());
    gang.start();
    LOG.info("The gang is whole: {} members on {} nodes", table.size(), table.nodes());
    if (!mayChange()) {
      requester.askNoMore();
    }
    for (int rank = 0; rank < table.size(); rank++) {
      Container member = table.members().get(rank);
      names.put(member.getId(), "rank %s on host %s".formatted(rank, member.getNodeId().getHost()));
    }
    List<Callable<Optional<MemberExit>>> starts = new ArrayList<>();
    for (int rank = 0; rank < table.size(); rank++) {
      Container member = table.members().get(rank);
      Map<String, String> environment = environment(table, rank, gang.restarts());
      starts.add(() -> started(member, environment));
    }
    ExecutorService pool = Executors.newFixedThreadPool(Math.min(START_THREADS_MAX, table.size()));
    try {
      for (Future<Optional<MemberExit>> start : pool.invokeAll(starts)) {
        start
            .get()
            .ifPresent(
                failed -> {
                  requester.release(failed.id());
                  exit(failed);
                });
      }
    } catch (ExecutionException bug) {
      throw new IllegalStateException("the start of a member failed unexpectedly", bug);
    } finally {
      pool.shutdown();
    }
  }

  private ImmutableMap<String, String> environment(RankTable table, int rank, int restarts) {
    Map<String, String> environment = new HashMap<>(spec.env());
    environment.putAll(table.environment(rank, restarts));
    environment.putAll(DeviceEnvironment.of(table.members().get(rank).getAllocationTags()));
    if (spec.env().containsKey(MASTER_PORT)) {
      environment.put(MASTER_PORT, spec.env().getOrDefault(MASTER_PORT, ""));
    }
    return ImmutableMap.copyOf(environment);
  }

  /** Starts a member; a start that fails is its end, and the container is given back. */
  private Optional<MemberExit> started(Container member, Map<String, String> environment) {
    try {
      launcher.start(member, environment);
      return Optional.empty();
    } catch (IOException | YarnException failure) {
      LOG.warn("The member in {} could not be started", member.getId(), failure);
      return Optional.of(MemberExit.notStarted(member.getId(), failure));
    }
  }

  /** Stops members gently; one whose node does not answer is given back to the ResourceManager. */
  private void stopAll(ImmutableSortedSet<ContainerId> members) {
    stopped = true;
    for (ContainerId member : members) {
      Container container = containers.get(member);
      if (container == null) {
        continue;
      }
      try {
        launcher.stop(member, container.getNodeId());
      } catch (IOException | YarnException failure) {
        LOG.warn("{} could not be stopped and is released", member, failure);
        requester.release(member);
      }
    }
  }

  private boolean hasTimedOut() {
    Duration waited = Duration.ofNanos(System.nanoTime() - waitingSinceNanos);
    return spec.gangTimeout().filter(timeout -> waited.compareTo(timeout) > 0).isPresent();
  }

  private Outcome timeout() {
    int held = gang.live().size();
    requester.askNoMore();
    return Outcome.failed(
        "TIMED_OUT: %s of %s members after %s seconds, the gang timeout."
            .formatted(
                held, spec.workers(), spec.gangTimeout().map(Duration::toSeconds).orElseThrow()));
  }

  private Outcome failure() {
    MemberExit failure = gang.firstFailure().orElseThrow();
    return Outcome.failed(
        failure.code(),
        "%s after %s restarts.%s".formatted(words(failure), gang.restarts(), failure.lastWords()));
  }

  private String words(MemberExit exit) {
    return exit.words(names.getOrDefault(exit.id(), exit.id().toString()), spec.memoryMib());
  }
}
