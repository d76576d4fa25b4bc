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
 * stopped and the whole gang is asked for anew.
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
    /** A member has failed; the others are being stopped. */
    STOPPING,
    /** All members ended with 0. */
    SUCCEEDED,
    /** A member has failed and restarts are used up. */
    FAILED
  }

  private static final float PROGRESS_STARTED = 0.01f;

  private final int size;
  private final int restartsMax;
  private final SortedSet<ContainerId> live = new TreeSet<>();
  private State state = State.WAITING;
  private int failures;
  private int evictions;
  private Optional<MemberExit> firstFailure = Optional.empty();

  /**
   * Begins with a gang that waits and holds nothing.
   *
   * @param size members
   * @param restartsMax restarts after failures; restarts after evictions are not counted
   */
  GangRestart(int size, int restartsMax) {
    this.size = size;
    this.restartsMax = restartsMax;
  }

  State state() {
    return state;
  }

  /** Members that are held or running. */
  ImmutableSortedSet<ContainerId> live() {
    return ImmutableSortedSet.copyOf(live);
  }

  boolean isWhole() {
    return live.size() == size;
  }

  /** How often the gang was started anew. */
  int restarts() {
    return state == State.FAILED ? failures + evictions - 1 : failures + evictions;
  }

  /**
   * Part of the members that have ended with 0, in [0, 1]; above zero for as long as the gang runs,
   * which is how the client sees that it does.
   */
  float progress() {
    return switch (state) {
      case WAITING, STOPPING, FAILED -> 0;
      case RUNNING -> Math.max(PROGRESS_STARTED, (float) (size - live.size()) / size);
      case SUCCEEDED -> 1;
    };
  }

  /** The exit that the gang was stopped for; empty before any, kept when it waits again. */
  Optional<MemberExit> firstFailure() {
    return firstFailure;
  }

  /** Takes a container into the gang; false where the gang needs it no more. */
  boolean take(ContainerId container) {
    return state == State.WAITING && live.size() < size && live.add(container);
  }

  /** All members are being started. */
  void start() {
    checkState(
        state == State.WAITING && isWhole(),
        "a gang of %s that is %s and holds %s cannot start",
        size,
        state,
        live.size());
    state = State.RUNNING;
  }

  /** A member has ended; ends of containers that are none are ignored. */
  void exit(MemberExit exit) {
    if (!live.remove(exit.id())) {
      return;
    }
    if (state == State.RUNNING && !exit.succeeded()) {
      firstFailure = Optional.of(exit);
      state = State.STOPPING;
    }
    if (live.isEmpty()) {
      settle();
    }
  }

  /** The last member is gone. */
  private void settle() {
    if (state == State.RUNNING) {
      state = State.SUCCEEDED;
    }
    if (state == State.STOPPING) {
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
