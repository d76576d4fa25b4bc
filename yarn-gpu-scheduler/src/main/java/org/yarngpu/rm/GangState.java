package org.yarngpu.rm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Collectors;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.jspecify.annotations.Nullable;
import org.yarngpu.job.Declaration;
import org.yarngpu.job.JobKind;
import org.yarngpu.model.Cure;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;

/**
 * One application attempt's gang, from the attempt's start to its end. Touched by the application
 * master's calls, the scheduler's event thread and the scheduling loop; each field says by whom.
 */
final class GangState {
  private static final int HISTORY_MAX = 8;

  final ApplicationAttemptId attempt;
  final GangId id;
  final Declaration declaration;

  /**
   * Keeps the application master from seeing half a gang: a commit holds the write side, every
   * allocate call the read side. Below the read side nobody may take the scheduler's lock.
   */
  final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

  /** Epoch milliseconds; waiting counts from here. */
  final long waitingSinceMs;

  /** Whether {@link #succeeded} has counted from the first member on; not so after a recovery. */
  final boolean seenFromStart;

  /** Whether only the AM container can have been asked for yet. Read by the stock path. */
  private volatile boolean beforeAppMaster;

  /** Since when members hold GPUs, epoch milliseconds; set by whoever sees a member live. */
  private volatile OptionalLong startedMs = OptionalLong.empty();

  private volatile long attainedBeforeMs;

  /** From when {@code gpu.gang.timeout} counts, epoch milliseconds. */
  private volatile long timeoutFromMs;

  private volatile ImmutableSet<ContainerId> noticed = ImmutableSet.of();

  private volatile boolean borrows;

  private final Queue<Container> lent = new ConcurrentLinkedQueue<>();

  /** Members that ended with exit status 0; written by whoever completes a container. */
  private final AtomicInteger succeeded = new AtomicInteger();

  /**
   * Members that the application master gave back since the gang last was whole; written by whoever
   * completes a container.
   */
  private final AtomicInteger givenBack = new AtomicInteger();

  /** Members that a running gang lacks, and has; the loop's own. */
  private int missing;

  private int live;

  /** Since when nothing but an end would help; the loop's own. */
  private OptionalLong hopelessSinceMs = OptionalLong.empty();

  /** Since when members are missing; the loop's own. */
  private OptionalLong belowMinimumSinceMs = OptionalLong.empty();

  /** Why it waits; the loop writes, others read. */
  private volatile @Nullable Rejection rejection;

  private volatile String shown = "";

  /** The latest changes of the reason; the loop's own. */
  private final Deque<String> history = new ArrayDeque<>();

  private boolean ended;

  GangState(
      ApplicationAttemptId attempt,
      Declaration declaration,
      long waitingSinceMs,
      boolean seenFromStart,
      boolean beforeAppMaster) {
    this.attempt = attempt;
    this.id = new GangId(attempt.toString());
    this.declaration = declaration;
    this.waitingSinceMs = waitingSinceMs;
    this.timeoutFromMs = waitingSinceMs;
    this.seenFromStart = seenFromStart;
    this.beforeAppMaster = beforeAppMaster;
  }

  /** Members that must start together. */
  int minimum() {
    return declaration.gang().orElse(1);
  }

  boolean isDeclared() {
    return declaration.gang().isPresent();
  }

  /** Whether it is not expected to end. */
  boolean isService() {
    return declaration.kind().equals(Optional.of(JobKind.INFERENCE));
  }

  OptionalLong deadlineMs() {
    return declaration
        .gangTimeout()
        .map(Duration::toMillis)
        .map(timeoutMs -> OptionalLong.of(timeoutFromMs + timeoutMs))
        .orElse(OptionalLong.empty());
  }

  /**
   * Lets the timeout count from later: what waits again, or may have run before this
   * ResourceManager knew it, has not waited all its life.
   */
  void countTimeoutFrom(long ms) {
    timeoutFromMs = ms;
  }

  boolean beforeAppMaster() {
    return beforeAppMaster;
  }

  void appMasterAsks() {
    beforeAppMaster = false;
  }

  boolean started() {
    return startedMs.isPresent();
  }

  /** Since when it has held GPUs, epoch milliseconds; empty before. */
  OptionalLong startedMs() {
    return startedMs;
  }

  /** How long it held GPUs before {@link #startedMs}, in runs that were evicted; milliseconds. */
  long attainedBeforeMs() {
    return attainedBeforeMs;
  }

  /** Whether its members run on lent GPUs; the loop says so. */
  boolean borrows() {
    return borrows;
  }

  void borrows(boolean onLentGpus) {
    borrows = onLentGpus;
  }

  /** Hands out members on lent GPUs; under the write side of the gate. */
  void lend(Collection<Container> members) {
    lent.addAll(members);
  }

  /** Members on lent GPUs that the application master does not know yet; under the gate. */
  ImmutableList<Container> takeLent() {
    ImmutableList.Builder<Container> members = ImmutableList.builder();
    for (Container member = lent.poll(); member != null; member = lent.poll()) {
      members.add(member);
    }
    return members.build();
  }

  /** Members that have been told to go; the application master's calls pass it on. */
  ImmutableSet<ContainerId> noticed() {
    return noticed;
  }

  void notice(ImmutableSet<ContainerId> members) {
    noticed = members;
  }

  /** It was evicted whole, and waits again as if it had not started. */
  synchronized void evicted(long atMs) {
    attainedBeforeMs += startedMs.isPresent() ? Math.max(0, atMs - startedMs.getAsLong()) : 0;
    startedMs = OptionalLong.empty();
    countTimeoutFrom(atMs);
    noticed = ImmutableSet.of();
    forgetSuccesses();
    forgetGivenBack();
  }

  synchronized void start(long atMs) {
    if (startedMs.isEmpty()) {
      startedMs = OptionalLong.of(Math.max(waitingSinceMs, atMs));
    }
  }

  int succeeded() {
    return succeeded.get();
  }

  void memberSucceeded() {
    succeeded.incrementAndGet();
  }

  void forgetSuccesses() {
    succeeded.set(0);
  }

  int givenBack() {
    return givenBack.get();
  }

  void memberGivenBack() {
    givenBack.incrementAndGet();
  }

  void forgetGivenBack() {
    givenBack.set(0);
  }

  /** Notes how many members a running gang lacks, and how many it still has. */
  void noteMissing(int missingMembers, int liveMembers) {
    missing = missingMembers;
    live = liveMembers;
  }

  /**
   * Why the gang must end: it has idled below its minimum for too long. Empty while it may go on.
   *
   * @param timeoutMs how long it may
   */
  Optional<Rejection> tooLongBelowMinimum(long nowMs, long timeoutMs) {
    if (missing == 0) {
      belowMinimumSinceMs = OptionalLong.empty();
      return Optional.empty();
    }
    if (belowMinimumSinceMs.isEmpty()) {
      belowMinimumSinceMs = OptionalLong.of(nowMs);
    }
    long forMs = nowMs - belowMinimumSinceMs.getAsLong();
    return forMs < timeoutMs
        ? Optional.empty()
        : Optional.of(
            new Rejection(
                Reason.BELOW_MINIMUM,
                "the gang of %d has had only %d members for %d s, %d are lost, and the others idle"
                    .formatted(minimum(), live, forMs / 1000, missing)));
  }

  /**
   * Whether the gang has been hopeless for long enough to end it: a node that leaves or comes back
   * is for a moment in none of YARN's lists.
   */
  boolean isHopeless(@Nullable Rejection why, long nowMs, long certainAfterMs) {
    if (why == null || why.cure() != Cure.NONE) {
      hopelessSinceMs = OptionalLong.empty();
      return false;
    }
    if (hopelessSinceMs.isEmpty()) {
      hopelessSinceMs = OptionalLong.of(nowMs);
    }
    return nowMs - hopelessSinceMs.getAsLong() >= certainAfterMs;
  }

  @Nullable Rejection rejection() {
    return rejection;
  }

  /** Notes why the gang waits; null once it does not. */
  void explain(@Nullable Rejection why, long nowMs) {
    Rejection before = rejection;
    if (why != null && (before == null || before.reason() != why.reason())) {
      if (history.size() == HISTORY_MAX) {
        history.removeFirst();
      }
      history.addLast("%d s %s".formatted((nowMs - waitingSinceMs) / 1000, why));
    }
    rejection = why;
  }

  /** What the application's diagnostics show of ours; empty if nothing. */
  String shown() {
    return shown;
  }

  void show(String text) {
    shown = text;
  }

  String history() {
    return history.stream().collect(Collectors.joining(" | "));
  }

  /** Whether we have ended it. */
  synchronized boolean wasEnded() {
    return ended;
  }

  /** Returns true to the first caller only. */
  synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }
}
