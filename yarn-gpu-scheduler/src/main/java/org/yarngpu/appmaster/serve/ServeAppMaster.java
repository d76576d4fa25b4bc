package org.yarngpu.appmaster.serve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.ApplicationConstants.Environment;
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
import org.yarngpu.appmaster.Outcome;
import org.yarngpu.appmaster.serve.Replica.State;
import org.yarngpu.job.DeviceEnvironment;
import org.yarngpu.job.JobSpecException;
import org.yarngpu.job.LoadOrigin;
import org.yarngpu.job.ServiceSpec;
import org.yarngpu.job.ServiceSpecReader;
import org.yarngpu.scale.Autoscaler;
import org.yarngpu.scale.ReplicaBounds;

/**
 * The application master of {@code serve}: keeps as many replicas as are wanted, and lets the load
 * say how many that is.
 *
 * <p>One thread: each heartbeat brings news, the news go into {@link Replicas}, and what it answers
 * is done. Health checks, loads and releases are read by threads of their own, which only hand over
 * results.
 */
public final class ServeAppMaster {

  private static final Logger LOG = LoggerFactory.getLogger(ServeAppMaster.class);

  private static final Duration HEARTBEAT_WAITING = Duration.ofMillis(250);
  private static final Duration HEARTBEAT_SERVING = Duration.ofSeconds(1);
  private static final String METRICS_PORT = "METRICS_PORT";
  private static final String REPLICA = "REPLICA";
  private static final float PROGRESS_SERVING = 0.5f;
  private static final int CHANGES_SHOWN = 20;

  private final ServiceSpec spec;
  private final GangRequester requester;
  private final ReleaseWatch watch;
  private final Map<Integer, ReleaseWatch.Found> releases = new HashMap<>();
  private final Replicas replicas;
  private final Autoscaler autoscaler;
  private final HealthProbe probe;
  private final LoadWatch load;
  private final RegistryEntry registry;
  private final Map<ContainerId, Container> containers = new HashMap<>();
  private final Set<ContainerId> noticed = new HashSet<>();
  private final Deque<String> changes = new ArrayDeque<>();
  private final long startedMs = System.currentTimeMillis();
  private final long startedNanos = System.nanoTime();
  private int asked;
  private long nextDecisionMs;
  private String why;

  /**
   * Begins with the newest release.
   *
   * @param found releases that can be started, oldest first, at least one
   */
  private ServeAppMaster(
      ServiceSpec spec,
      GangRequester requester,
      LoadWatch load,
      RegistryEntry registry,
      ReleaseWatch watch,
      ImmutableList<ReleaseWatch.Found> found) {
    this.spec = spec;
    this.requester = requester;
    this.load = load;
    this.registry = registry;
    this.watch = watch;
    ReleaseWatch.Found goodRelease = found.get(Math.max(0, found.size() - 2));
    releases.put(goodRelease.number(), goodRelease);
    this.probe = new HealthProbe(spec.health());
    this.replicas =
        new Replicas(
            first(spec),
            goodRelease.number(),
            spec.startTimeout().toMillis(),
            spec.drain().toMillis());
    this.autoscaler = new Autoscaler(service(spec), startedMs, first(spec));
    this.why = "starts with " + first(spec);
    found.stream().skip(1).reduce((older, newer) -> newer).ifPresent(this::rollOut);
  }

  /** One even where none is allowed, so that a program that cannot serve is known at once. */
  private static int first(ServiceSpec spec) {
    return Math.max(1, spec.min());
  }

  private static Autoscaler.Service service(ServiceSpec spec) {
    return new Autoscaler.Service(
        new ReplicaBounds(spec.min(), spec.max()),
        spec.sloMs() / 1000.0,
        spec.serviceRate(),
        spec.concurrency(),
        spec.shrinkAfter().toMillis(),
        LoadWatch.PERIOD.toSeconds());
  }

  /** Takes the service's file, the client's configuration, and the staging directory to remove. */
  public static void main(String[] arguments)
      throws IOException, YarnException, JobSpecException, InterruptedException {
    ServiceSpec spec = ServiceSpecReader.read(Path.of(arguments[0]));
    Configuration conf = MasterProcess.configuration(arguments[1]);
    org.apache.hadoop.fs.Path staging = new org.apache.hadoop.fs.Path(arguments[2]);
    String host = System.getenv(Environment.NM_HOST.name());
    try (ServicePages pages =
        new ServicePages(host, starting(spec), spec.load().kind() == LoadOrigin.Kind.PUSHED)) {
      MasterProcess.run(
          conf, arguments[2], pages.url(), cluster -> run(spec, staging, pages, cluster));
    }
  }

  private static ServiceView starting(ServiceSpec spec) {
    return new ServiceView(
        spec.name(),
        1,
        spec.min(),
        spec.max(),
        first(spec),
        "starts",
        Double.NaN,
        Double.NaN,
        Double.NaN,
        ImmutableList.of(),
        ImmutableList.of());
  }

  private static Outcome run(
      ServiceSpec spec,
      org.apache.hadoop.fs.Path staging,
      ServicePages pages,
      MasterProcess.Cluster cluster)
      throws IOException, YarnException, InterruptedException {
    try (LoadWatch load = new LoadWatch(spec.load(), cluster.conf());
        RegistryEntry registry = registryEntry(spec, cluster.conf());
        ReleaseWatch watch = new ReleaseWatch(staging, cluster.conf(), cluster::launcher)) {
      ImmutableList<ReleaseWatch.Found> found = watch.read();
      if (found.isEmpty()) {
        List<String> refusals = new ArrayList<>();
        watch.drainRefusalsTo(refusals::add);
        return Outcome.failed(
            "No release in %s can be started. %s".formatted(staging, String.join("; ", refusals)));
      }
      ServeAppMaster master =
          new ServeAppMaster(spec, cluster.requester(spec.replica()), load, registry, watch, found);
      load.start();
      if (spec.registry()) {
        registry.start();
      }
      watch.start();
      return master.untilGivenUp(pages);
    } catch (InvalidResourceRequestException refused) {
      return Outcome.failed("The ResourceManager refuses a replica: " + refused.getMessage());
    }
  }

  private static RegistryEntry registryEntry(ServiceSpec spec, Configuration conf) {
    ContainerId master = ContainerId.fromString(System.getenv(Environment.CONTAINER_ID.name()));
    return new RegistryEntry(
        master.getApplicationAttemptId().getApplicationId().toString(),
        System.getenv(Environment.USER.name()),
        spec.name(),
        conf);
  }

  /** Serves until replicas fail one after the other, or the application is killed. */
  private Outcome untilGivenUp(ServicePages pages)
      throws IOException, YarnException, InterruptedException {
    Optional<String> givenUp = Optional.empty();
    while (givenUp.isEmpty()) {
      long nowMs = nowMs();
      watch.takeNewest().ifPresent(this::rollOut);
      watch.drainRefusalsTo(refusal -> note(refusal, nowMs));
      ask(nowMs);
      follow(requester.heartbeat(replicas.ready() > 0 ? PROGRESS_SERVING : 0), nowMs);
      probe(nowMs);
      pages.drainLoadsTo(autoscaler::read);
      scale(nowMs, pages.tookWake());
      for (Replica replica : replicas.stops(load::isIdle, nowMs)) {
        stop(replica);
      }
      replicas.rollNews(nowMs).ifPresent(news -> note(news, nowMs));
      load.watch(serving());
      ServiceView view = view();
      registry.show(view.endpoints());
      registry.drainNewsTo(news -> note(news, nowMs));
      pages.show(view);
      givenUp = replicas.givenUp();
      Thread.sleep((asked > 0 ? HEARTBEAT_WAITING : HEARTBEAT_SERVING).toMillis());
    }
    probe.close();
    requester.askNoMore();
    return Outcome.failed(givenUp.orElseThrow());
  }

  /** Milliseconds since 1970 by a clock that nobody sets back or forth. */
  private long nowMs() {
    return startedMs + Duration.ofNanos(System.nanoTime() - startedNanos).toMillis();
  }

  private void rollOut(ReleaseWatch.Found found) {
    long nowMs = nowMs();
    releases.put(found.number(), found);
    replicas.release(found.number(), nowMs);
    note("release %s begins".formatted(found.number()), nowMs);
  }

  /** Has a change told by log and page. */
  private void note(String words, long nowMs) {
    LOG.info("{}", words);
    changes.addFirst(
        "%s %s".formatted(Instant.ofEpochMilli(nowMs).truncatedTo(ChronoUnit.SECONDS), words));
    if (changes.size() > CHANGES_SHOWN) {
      changes.removeLast();
    }
  }

  /** Has as many containers asked for as are missing now. */
  private void ask(long nowMs) {
    int missing = replicas.asks(nowMs);
    if (missing < asked) {
      requester.askNoMore();
      asked = 0;
    }
    requester.ask(missing - asked);
    asked = missing;
  }

  private void follow(GangRequester.Heartbeat news, long nowMs) {
    asked = Math.max(0, asked - news.allocated().size());
    for (Container container : news.allocated()) {
      Optional<Replica> replica = take(container, nowMs);
      if (replica.isPresent()) {
        start(replica.get(), container, nowMs);
      } else {
        requester.release(container.getId());
      }
    }
    for (ContainerId leaving : news.noticed()) {
      noticed.add(leaving);
      replicas.noticed(leaving, nowMs);
    }
    for (ContainerStatus status : news.completed()) {
      exit(MemberExit.of(status, noticed.contains(status.getContainerId())), nowMs);
    }
  }

  private Optional<Replica> take(Container container, long nowMs) {
    String host = container.getNodeId().getHost();
    List<Integer> neighbours =
        replicas.all().stream()
            .filter(replica -> replica.host().equals(host))
            .map(Replica::port)
            .toList();
    int port =
        Ports.pair(
            container.getId().getContainerId(),
            neighbours,
            taken -> HealthProbe.isOpen(host, taken));
    return replicas.take(container.getId(), host, port, port + 1, nowMs);
  }

  private void start(Replica replica, Container container, long nowMs) {
    containers.put(container.getId(), container);
    ReleaseWatch.Found release = release(replica);
    try {
      release.launcher().start(container, environment(release.spec(), replica, container));
      LOG.info("{} of release {} starts in {}", replica, replica.release(), container.getId());
    } catch (IOException | YarnException failure) {
      LOG.warn("{} could not be started", replica, failure);
      requester.release(container.getId());
      exit(MemberExit.notStarted(container.getId(), failure), nowMs);
    }
  }

  private ReleaseWatch.Found release(Replica replica) {
    return Objects.requireNonNull(releases.get(replica.release()), "every release is kept");
  }

  private static ImmutableMap<String, String> environment(
      ServiceSpec spec, Replica replica, Container container) {
    Map<String, String> environment = new HashMap<>(spec.replica().env());
    environment.putAll(DeviceEnvironment.of(container.getAllocationTags()));
    environment.put(spec.portVariable(), Integer.toString(replica.port()));
    environment.put(METRICS_PORT, Integer.toString(replica.metricsPort()));
    environment.put(REPLICA, Integer.toString(replica.number()));
    return ImmutableMap.copyOf(environment);
  }

  private void exit(MemberExit exit, long nowMs) {
    containers.remove(exit.id());
    noticed.remove(exit.id());
    String name =
        replicas.all().stream()
            .filter(replica -> replica.id().equals(exit.id()))
            .map(Replica::toString)
            .findFirst()
            .orElse(exit.id().toString());
    String words = exit.words(name, spec.replica().memoryMib());
    LOG.info("{}", words);
    replicas.exit(exit, words + "." + exit.lastWords(), nowMs);
  }

  private void probe(long nowMs) {
    probe.drainTo((id, healthy) -> replicas.probed(id, healthy, nowMs));
    replicas.all().stream().filter(Replica::isOfUse).forEach(probe::ask);
  }

  private void scale(long nowMs, boolean isWoken) {
    load.drainTo(autoscaler::read);
    if (isWoken) {
      autoscaler.wake(nowMs);
    }
    boolean isUrgent = isWoken && replicas.wanted() == 0;
    if (spec.load().kind() == LoadOrigin.Kind.NONE || (nowMs < nextDecisionMs && !isUrgent)) {
      return;
    }
    nextDecisionMs = nowMs + LoadWatch.PERIOD.toMillis();
    int before = replicas.wanted();
    Autoscaler.Wish wish = autoscaler.decide(nowMs, before, replicas.startDelayMs() / 1000.0);
    why = wish.why();
    if (wish.replicas() == before) {
      LOG.debug("{}", why);
      return;
    }
    note(why, nowMs);
    replicas.want(wish.replicas(), nowMs);
  }

  /** Stops a replica; one whose node does not answer is given back to the ResourceManager. */
  private void stop(Replica replica) {
    LOG.info("{} is told to end", replica);
    Container container = containers.get(replica.id());
    if (container == null) {
      return;
    }
    try {
      release(replica).launcher().stop(replica.id(), container.getNodeId());
    } catch (IOException | YarnException failure) {
      LOG.warn("{} could not be stopped and is released", replica, failure);
      requester.release(replica.id());
    }
  }

  private List<Replica> serving() {
    return replicas.all().stream()
        .filter(replica -> replica.state() == State.READY || replica.state() == State.DRAINING)
        .toList();
  }

  private ServiceView view() {
    return new ServiceView(
        spec.name(),
        replicas.release(),
        spec.min(),
        spec.max(),
        replicas.wanted(),
        why,
        autoscaler.load(),
        autoscaler.serviceRate(),
        autoscaler.p99Seconds(),
        replicas.all(),
        ImmutableList.copyOf(changes));
  }
}
