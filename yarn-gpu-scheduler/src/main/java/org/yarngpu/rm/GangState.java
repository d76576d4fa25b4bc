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
import org.yarngpu.model.Loans;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.rm.Explanations.Place;

/**
 * One application attempt's gang, from the attempt's start to its end. Touched by the application
 * master's calls, the scheduler's event thread and the scheduling loop; each field says by whom.
 */
final class GangState {
  private static final int HISTORY_MAX = 8;

  /** What moves with every second, such as an age, is shown anew so often. */
  private static final long PLACE_SHOWN_MS = 10_000;

  /** Members that come within so short a time are one change of the width. */
  private static final long CHANGE_MS = 5_000;

  final ApplicationAttemptId attempt;
  final GangId id;
  final Declaration declaration;

  /**
   * Keeps the application master from seeing half a gang: a commit holds the write side, every
   * allocate call the read side. Below the read side nobody may take the scheduler's lock.
   */
  final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

  /** Epoch milliseconds; waiting counts from here. */
  private volatile long waitingSinceMs;

  /** Whether {@link #succeeded} has counted from the first member on; not so after a recovery. */
  final boolean seenFromStart;

  /** Whether only the AM container can have been asked for yet. Read by the stock path. */
  private volatile boolean beforeAppMaster;

  /** Since when members hold GPUs, epoch milliseconds; set by whoever sees a member live. */
  private volatile OptionalLong startedMs = OptionalLong.empty();

  private volatile long attainedBeforeMs;

  /** When its work was last saved, epoch milliseconds, as its application master said. */
  private volatile OptionalLong savedMs = OptionalLong.empty();

  private boolean badMarkSeen;

  /** From when {@code gpu.gang.timeout} counts, epoch milliseconds. */
  private volatile long timeoutFromMs;

  private volatile ImmutableSet<ContainerId> noticed = ImmutableSet.of();

  private volatile boolean borrows;
  private volatile boolean hasLoans;

  /** The loop's own. */
  private boolean leavesExecutionType;

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

  /** Members of an elastic gang that runs, 0 while it does not; the loop's own. */
  private int width;

  private long widthSinceMs;

  /** Since when nothing but an end would help; the loop's own. */
  private OptionalLong hopelessSinceMs = OptionalLong.empty();

  /** Since when members are missing; the loop's own. */
  private OptionalLong belowMinimumSinceMs = OptionalLong.empty();

  /** Why it waits; the loop writes, others read. */
  private volatile @Nullable Rejection rejection;

  private volatile String shown = "";

  /** The latest changes of the reason; the loop's own. */
  private final Deque<String> history = new ArrayDeque<>();

  /** Where it stood in its queue when that was last put into words; the loop's own. */
  private @Nullable Place place;

  private String placeText = "";
  private long placeTextMs;

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

  /** Whether it may run with more members than its minimum; a service follows its load instead. */
  boolean isElastic() {
    return maximum() > minimum() && !isService();
  }

  /** Most members that are of use to an elastic gang. */
  int maximum() {
    return declaration.gangMax().orElse(minimum());
  }

  /**
   * When an elastic gang may next get more members, epoch milliseconds: some time after its width
   * has changed, and for a moment after that.
   *
   * @param live members that it has now
   * @param periodMs at least so long from one change to the next
   */
  long growsFromMs(int live, long nowMs, long periodMs) {
    boolean changes = nowMs - widthSinceMs < CHANGE_MS;
    if (live < minimum()) {
      width = 0;
      return nowMs;
    }
    if (live != width) {
      widthSinceMs = live > width && width > 0 && changes ? widthSinceMs : nowMs;
      width = live;
    }
    return nowMs - widthSinceMs < CHANGE_MS ? nowMs : widthSinceMs + periodMs;
  }

  boolean isDeclared() {
    return declaration.gang().isPresent();
  }

  /** Whether it is not expected to end. */
  boolean isService() {
    return declaration.kind().equals(Optional.of(JobKind.INFERENCE));
  }

  long waitingSinceMs() {
    return waitingSinceMs;
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

  /**
   * The wall clock was set: what was noted by it moves along, so that no time passes by that.
   *
   * @param byMs less than 0 if it was set back
   * @param nowMs by the clock as it is set now; nothing began later
   */
  synchronized void clockSet(long byMs, long nowMs) {
    waitingSinceMs = Math.min(nowMs, waitingSinceMs + byMs);
    timeoutFromMs = Math.min(nowMs, timeoutFromMs + byMs);
    startedMs = moved(startedMs, byMs, nowMs);
    savedMs = moved(savedMs, byMs, nowMs);
    hopelessSinceMs = moved(hopelessSinceMs, byMs, nowMs);
    belowMinimumSinceMs = moved(belowMinimumSinceMs, byMs, nowMs);
  }

  private static OptionalLong moved(OptionalLong ms, long byMs, long nowMs) {
    return ms.isEmpty() ? ms : OptionalLong.of(Math.min(nowMs, ms.getAsLong() + byMs));
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

  /** Its application master says that its work was last saved then, epoch milliseconds. */
  void saved(long atMs) {
    savedMs = OptionalLong.of(atMs);
  }

  /**
   * When its work was last saved, in [{@code startedMs}, {@code nowMs}]: what was saved before its
   * start is what it started from. Empty if its application master does not say.
   */
  OptionalLong savedMs(long startedMs, long nowMs) {
    OptionalLong said = savedMs;
    return said.isPresent()
        ? OptionalLong.of(Math.min(nowMs, Math.max(startedMs, said.getAsLong())))
        : OptionalLong.empty();
  }

  /** Returns true at the first call only. */
  synchronized boolean firstBadMark() {
    boolean first = !badMarkSeen;
    badMarkSeen = true;
    return first;
  }

  /** Whether its members run on lent GPUs; the loop says so. */
  boolean borrows() {
    return borrows;
  }

  void borrows(boolean onLentGpus) {
    borrows = onLentGpus;
  }

  /** Whether any of its members runs on a lent GPU; the loop says so. */
  boolean hasLoans() {
    return hasLoans;
  }

  void hasLoans(boolean anyLent) {
    hasLoans = anyLent;
  }

  /** Whether its asks leave the kind of its containers to the scheduler; the loop says so. */
  void leavesExecutionType(boolean toScheduler) {
    leavesExecutionType = toScheduler;
  }

  /** Whether members beyond its minimum may come and go with loans. */
  boolean mayWidenOnLoan() {
    return isElastic()
        && leavesExecutionType
        && declaration
            .checkpoint()
            .filter(interval -> Loans.Borrower.savesOften(interval.toMillis()))
            .isPresent();
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

  /** Where it stands, as sentences; of a moment ago if it keeps changing. */
  String placeText(Place now, long nowMs) {
    boolean due =
        place == null
            || place.tier() != now.tier()
            || place.late() != now.late()
            || place.standing().order() != now.standing().order()
            || nowMs - placeTextMs >= PLACE_SHOWN_MS;
    if (due && !now.equals(place)) {
      place = now;
      placeText = now.text();
      placeTextMs = nowMs;
    }
    return placeText;
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
