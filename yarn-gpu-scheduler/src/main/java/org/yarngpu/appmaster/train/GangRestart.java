package org.yarngpu.appmaster.train;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableSortedSet;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.yarngpu.appmaster.MemberExit;

/**
 * The life of a gang: it waits until it is whole, runs, and when a member fails all others are
 * stopped and the whole gang is asked for anew. So it is when an elastic gang gets more members.
 *
 * <p>Healthy members cannot go on: their collective operations wait for the lost one, and a
 * container cannot be launched twice. Asking for the whole gang lets the scheduler place it whole.
 *
 * <p>A state machine without input or output; the application master feeds it and acts on its
 * state.
 */
final class GangRestart {

  /** Where the gang stands. */
  enum State {
    /** Containers are asked for and held. */
    WAITING,
    /** All members were started. */
    RUNNING,
    /** A member has failed or more have come; those that run are being stopped. */
    STOPPING,
    /** All members ended with 0. */
    SUCCEEDED,
    /** A member has failed and restarts are used up. */
    FAILED
  }

  private static final float PROGRESS_STARTED = 0.01f;

  private final int minimum;
  private final int maximum;
  private final int restartsMax;
  private final SortedSet<ContainerId> live = new TreeSet<>();
  private State state = State.WAITING;
  private int failures;
  private int evictions;

  /** Members that it was last started with. */
  private int width;

  /** Containers that came while it runs. */
  private final SortedSet<ContainerId> joining = new TreeSet<>();

  private boolean widening;
  private int widenings;
  private Optional<MemberExit> firstFailure = Optional.empty();

  /**
   * Begins with a gang that waits and holds nothing.
   *
   * @param minimum fewest members that may run
   * @param maximum most members that are of use, at least the minimum
   * @param restartsMax restarts after failures; those after evictions and for a new width are not
   *     counted
   */
  GangRestart(int minimum, int maximum, int restartsMax) {
    this.minimum = minimum;
    this.maximum = maximum;
    this.restartsMax = restartsMax;
  }

  State state() {
    return state;
  }

  /** Members that are held or running. */
  ImmutableSortedSet<ContainerId> live() {
    return ImmutableSortedSet.copyOf(live);
  }

  /** Whether it may start. */
  boolean isWhole() {
    return live.size() >= minimum;
  }

  /** Whether it has all members that are of use. */
  boolean isFull() {
    return live.size() == maximum;
  }

  /** Members that it was last started with. */
  int width() {
    return width;
  }

  /** Containers that came while it runs, to start with when it is started anew. */
  ImmutableSortedSet<ContainerId> joining() {
    return ImmutableSortedSet.copyOf(joining);
  }

  /** How often the gang was started anew. */
  int restarts() {
    return failures + evictions + widenings - (state == State.FAILED ? 1 : 0);
  }

  /**
   * Part of the members that have ended with 0, in [0, 1]; above zero for as long as the gang runs,
   * which is how the client sees that it does.
   */
  float progress() {
    return switch (state) {
      case WAITING, STOPPING, FAILED -> 0;
      case RUNNING -> Math.max(PROGRESS_STARTED, (float) (width - live.size()) / width);
      case SUCCEEDED -> 1;
    };
  }

  /** The exit that the gang was stopped for; empty before any, kept when it waits again. */
  Optional<MemberExit> firstFailure() {
    return firstFailure;
  }

  /** Takes a container into the gang; false where the gang needs it no more. */
  boolean take(ContainerId container) {
    return state == State.WAITING && live.size() < maximum && live.add(container);
  }

  /**
   * Notes a container that came while the gang runs or is being stopped; false where it is of no
   * use.
   */
  boolean join(ContainerId container) {
    boolean ofUse =
        state == State.STOPPING
            ? joining.size() < maximum
            : isRunningWhole() && width + joining.size() < maximum;
    return ofUse && joining.add(container);
  }

  /** Whether it runs and no member has ended. */
  boolean isRunningWhole() {
    return state == State.RUNNING && live.size() == width;
  }

  /** More members have come; all are being stopped, to start anew with a new width. */
  void widen() {
    checkState(state == State.RUNNING, "a gang that is %s cannot be made wider", state);
    widening = true;
    state = State.STOPPING;
  }

  /** The containers that came while it ran are given back. */
  void dropJoining() {
    joining.clear();
  }

  /** All members are being started. */
  void start() {
    checkState(
        state == State.WAITING && isWhole(),
        "a gang of %s that is %s and holds %s cannot start",
        minimum,
        state,
        live.size());
    width = live.size();
    state = State.RUNNING;
  }

  /** A member has ended; ends of containers that are none are ignored. */
  void exit(MemberExit exit) {
    joining.remove(exit.id());
    if (!live.remove(exit.id())) {
      return;
    }
    if (state == State.RUNNING && !exit.succeeded()) {
      firstFailure = Optional.of(exit);
      state = State.STOPPING;
    }
    if (live.isEmpty()) {
      settle();
      if (state == State.WAITING) {
        live.addAll(joining);
        joining.clear();
      }
    }
  }

  /** The last member is gone. */
  private void settle() {
    if (state == State.RUNNING) {
      state = State.SUCCEEDED;
    }
    if (state == State.STOPPING && widening) {
      widening = false;
      widenings++;
      state = State.WAITING;
    } else if (state == State.STOPPING) {
      state = afterFailure(firstFailure.orElseThrow());
    }
  }

  private State afterFailure(MemberExit failure) {
    if (failure.cause() == MemberExit.Cause.EVICTION) {
      evictions++;
      return State.WAITING;
    }
    failures++;
    return failures <= restartsMax ? State.WAITING : State.FAILED;
  }
}
