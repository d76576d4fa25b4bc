package org.yarngpu.appmaster.serve;

import static java.util.Comparator.comparing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.yarngpu.appmaster.MemberExit;
import org.yarngpu.appmaster.serve.Replica.State;
import org.yarngpu.scale.GiveBack;
import org.yarngpu.scale.Instance;

/**
 * The replicas of a service: which there are, how many more to ask for, which to drain and to stop.
 *
 * <p>A replica leaves in steps: it goes out of the list of endpoints, keeps what it has for as long
 * as it has requests, at most the drain time, and is then told to end. Who reads the list late may
 * still send requests, so it is kept for {@value #LIST_READ_MS} ms in any case.
 *
 * <p>Another release is rolled out one replica after the other: while some of use run another one,
 * one more than wanted is asked for, and what is too much drains, those first. So as many serve as
 * are wanted. A release that fails before it runs everywhere makes place for the last that did.
 *
 * <p>A state machine without input or output and without a clock; the application master feeds it
 * and acts on its answers.
 */
final class Replicas {

  /** Readers of the list are expected to read it this often. */
  static final long LIST_READ_MS = 10_000;

  static final int FAILED_PROBES_MAX = 3;
  static final long UNHEALTHY_MAX_MS = 60_000;

  /** One that served for less than this has failed at its start. */
  static final long SETTLED_MS = 60_000;

  /** Failures in a row, with nothing that serves, after which starting anew makes no sense. */
  static final int FAILURES_MAX = 5;

  /** Failures of a release that is rolled out after which the one before it comes back. */
  static final int ROLL_FAILURES_MAX = 3;

  private static final long BACKOFF_MIN_MS = 1000;
  private static final long BACKOFF_MAX_MS = 60_000;
  private static final long START_DELAY_UNKNOWN_MS = 60_000;
  private static final int START_DELAYS_KEPT = 5;

  /** The master is not told what is free on nodes. */
  private static final GiveBack GIVE_BACK = new GiveBack(1, ImmutableMap.of());

  private final long startTimeoutMs;
  private final long drainMs;
  private final Map<ContainerId, Replica> all = new LinkedHashMap<>();
  private final Deque<Long> startDelaysMs = new ArrayDeque<>();
  private int wanted;

  /** What new replicas run. */
  private int release;

  /** The last that ran everywhere; another one than the current is rolled out or waits to be. */
  private int goodRelease;

  private int rollFailures;
  private int numbers;
  private int failures;
  private long askFromMs;
  private String lastFailure = "";

  /**
   * Begins with none.
   *
   * @param release the first that is started; it is the one to come back to
   * @param startTimeoutMs longest time from the start of a program until it serves
   * @param drainMs longest time that a replica keeps to finish its requests
   */
  Replicas(int wanted, int release, long startTimeoutMs, long drainMs) {
    this.wanted = wanted;
    this.release = release;
    this.goodRelease = release;
    this.startTimeoutMs = startTimeoutMs;
    this.drainMs = drainMs;
  }

  ImmutableList<Replica> all() {
    return ImmutableList.copyOf(all.values());
  }

  int wanted() {
    return wanted;
  }

  int release() {
    return release;
  }

  long ready() {
    return all.values().stream().filter(replica -> replica.state() == State.READY).count();
  }

  /** How many there should be; what is too much drains, what is missing comes back from there. */
  void want(int count, long nowMs) {
    wanted = count;
    settle(nowMs);
  }

  /** Begins to roll out a release; failures so far were another one's. */
  void release(int number, long nowMs) {
    release = number;
    rollFailures = 0;
    failures = 0;
    askFromMs = nowMs;
  }

  /** What became of a roll since this was last asked; empty: nothing new. */
  Optional<String> rollNews(long nowMs) {
    if (release == goodRelease) {
      return Optional.empty();
    }
    if (rollFailures >= ROLL_FAILURES_MAX) {
      String words =
          "release %s is given up after %s failures: %s; back to release %s"
              .formatted(release, rollFailures, lastFailure, goodRelease);
      release(goodRelease, nowMs);
      return Optional.of(words);
    }
    if (hasOthers() || ready() == 0) {
      return Optional.empty();
    }
    goodRelease = release;
    return Optional.of("release %s runs everywhere".formatted(release));
  }

  /** Whether some of use run another release than the current one. */
  private boolean hasOthers() {
    return ofUse().stream().anyMatch(replica -> !isCurrent(replica));
  }

  private boolean isCurrent(Replica replica) {
    return replica.release() == release;
  }

  /** How many may be of use: one more than wanted while they change one after the other. */
  private int target() {
    return hasOthers() ? wanted + 1 : wanted;
  }

  /** How many containers should be asked for at this moment, all in all. */
  int asks(long nowMs) {
    return nowMs < askFromMs ? 0 : Math.max(0, target() - ofUse().size());
  }

  /** Takes a container that was delivered; empty where it is not needed any more. */
  Optional<Replica> take(ContainerId id, String host, int port, int metricsPort, long nowMs) {
    if (ofUse().size() >= target()) {
      return Optional.empty();
    }
    Replica replica =
        new Replica(
            id, ++numbers, release, host, port, metricsPort, State.STARTING, nowMs, 0, false);
    all.put(id, replica);
    return Optional.of(replica);
  }

  /** The result of a health check. */
  void probed(ContainerId id, boolean healthy, long nowMs) {
    Replica replica = all.get(id);
    if (replica == null || !replica.isOfUse()) {
      return;
    }
    if (healthy) {
      if (replica.state() == State.STARTING) {
        noteStart(nowMs - replica.sinceMs());
      }
      put(replica.state() == State.READY ? ready(replica) : replica.to(State.READY, nowMs));
      return;
    }
    Replica failed = replica.probeFailed();
    boolean lost = replica.state() == State.READY && failed.failedProbes() >= FAILED_PROBES_MAX;
    put(lost ? replica.to(State.UNHEALTHY, nowMs) : failed);
  }

  private static Replica ready(Replica replica) {
    return replica.failedProbes() == 0 ? replica : replica.to(State.READY, replica.sinceMs());
  }

  private void noteStart(long delayMs) {
    startDelaysMs.addLast(delayMs);
    if (startDelaysMs.size() > START_DELAYS_KEPT) {
      startDelaysMs.removeFirst();
    }
  }

  /** The longest of the last starts; a minute before any. */
  long startDelayMs() {
    return startDelaysMs.stream().mapToLong(Long::longValue).max().orElse(START_DELAY_UNKNOWN_MS);
  }

  /** Its GPUs are about to be taken: it drains, and another one is asked for. */
  void noticed(ContainerId id, long nowMs) {
    Replica replica = all.get(id);
    if (replica != null && replica.isOfUse()) {
      put(replica.to(State.DRAINING, nowMs).noticed());
    }
  }

  /**
   * A replica has ended.
   *
   * @param words how, with its name
   */
  void exit(MemberExit exit, String words, long nowMs) {
    Replica replica = all.remove(exit.id());
    boolean itsFault =
        exit.cause() == MemberExit.Cause.OWN && exit.code() != ContainerExitStatus.ABORTED;
    if (replica != null && replica.isOfUse() && itsFault) {
      fail(replica, words, nowMs);
    }
    settle(nowMs);
  }

  private void fail(Replica replica, String words, long nowMs) {
    boolean settled = replica.state() != State.STARTING && nowMs - replica.sinceMs() >= SETTLED_MS;
    failures = settled ? 1 : failures + 1;
    rollFailures += isCurrent(replica) ? 1 : 0;
    lastFailure = words;
    long doubled = BACKOFF_MIN_MS << Math.min(failures - 1, 16);
    askFromMs = nowMs + Math.min(BACKOFF_MAX_MS, doubled);
  }

  /** Why it makes no sense to go on; empty while it does. */
  Optional<String> givenUp() {
    return failures >= FAILURES_MAX && ready() == 0
        ? Optional.of(
            "%s replicas in a row did not come to serve; %s".formatted(failures, lastFailure))
        : Optional.empty();
  }

  /**
   * The replicas that are to be told to end now.
   *
   * @param isIdle whether a replica is known to have no requests
   */
  ImmutableList<Replica> stops(Predicate<Replica> isIdle, long nowMs) {
    if (all.values().stream().anyMatch(replica -> isSettled(replica, nowMs))) {
      failures = 0;
    }
    ImmutableList.Builder<Replica> stops = ImmutableList.builder();
    for (Replica replica : all()) {
      long ms = nowMs - replica.sinceMs();
      boolean stop =
          switch (replica.state()) {
            case STARTING -> ms >= startTimeoutMs;
            case UNHEALTHY -> ms >= UNHEALTHY_MAX_MS;
            case DRAINING -> ms >= drainMs || (ms >= LIST_READ_MS && isIdle.test(replica));
            case READY, STOPPING -> false;
          };
      if (stop) {
        if (replica.isOfUse()) {
          fail(replica, tooLate(replica, ms), nowMs);
        }
        stop(replica, nowMs);
        stops.add(replica);
      }
    }
    settle(nowMs);
    return stops.addAll(takeUnserving(nowMs)).build();
  }

  private static boolean isSettled(Replica replica, long nowMs) {
    return replica.state() == State.READY && nowMs - replica.sinceMs() >= SETTLED_MS;
  }

  private static String tooLate(Replica replica, long ms) {
    return replica.state() == State.STARTING
        ? "%s did not serve within %s s".formatted(replica, ms / 1000)
        : "%s did not answer for %s s".formatted(replica, ms / 1000);
  }

  /** What never served has nothing to finish; of another release it is of no use either. */
  private ImmutableList<Replica> takeUnserving(long nowMs) {
    List<Replica> starting =
        ofUse().stream().filter(replica -> replica.state() == State.STARTING).toList();
    List<Replica> others = starting.stream().filter(replica -> !isCurrent(replica)).toList();
    others.forEach(replica -> stop(replica, nowMs));
    List<Replica> surplus =
        dispensable(starting.stream().filter(this::isCurrent).toList(), ofUse().size() - target());
    surplus.forEach(replica -> stop(replica, nowMs));
    return ImmutableList.<Replica>builder().addAll(others).addAll(surplus).build();
  }

  /**
   * Those to go first: what does not serve, then another release, then as {@link GiveBack} says.
   */
  private List<Replica> dispensable(List<Replica> replicas, int count) {
    ImmutableMap<Instance, Replica> byInstance = Maps.uniqueIndex(replicas, this::instance);
    return GIVE_BACK.choose(byInstance.keySet(), count).stream()
        .map(chosen -> Objects.requireNonNull(byInstance.get(chosen), "one of them"))
        .toList();
  }

  private Instance instance(Replica replica) {
    int worth = (replica.state() == State.READY ? 2 : 0) + (isCurrent(replica) ? 1 : 0);
    return new Instance(replica.number(), replica.host(), worth);
  }

  /** Drains what is too much, and takes back what drains and is wanted again. */
  private void settle(long nowMs) {
    List<Replica> ofUse = ofUse();
    List<Replica> starting =
        ofUse.stream().filter(replica -> replica.state() == State.STARTING).toList();
    int surplus = ofUse.size() - wanted - starting.size();
    dispensable(
            ofUse.stream().filter(replica -> replica.state() != State.STARTING).toList(), surplus)
        .forEach(replica -> put(replica.to(State.DRAINING, nowMs)));
    all().stream()
        .filter(replica -> replica.state() == State.DRAINING && !replica.leaving())
        .sorted(comparing(Replica::sinceMs).reversed())
        .limit(Math.max(0, wanted - ofUse().size()))
        .forEach(replica -> put(replica.to(State.READY, nowMs)));
  }

  private List<Replica> ofUse() {
    List<Replica> ofUse = new ArrayList<>(all.values());
    ofUse.removeIf(replica -> !replica.isOfUse());
    return ofUse;
  }

  private void stop(Replica replica, long nowMs) {
    put(replica.to(State.STOPPING, nowMs));
  }

  private void put(Replica replica) {
    all.put(replica.id(), replica);
  }
}
