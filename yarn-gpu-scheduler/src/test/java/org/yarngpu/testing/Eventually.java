package org.yarngpu.testing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for what another thread brings about: asks again and again, up to a deadline. */
public final class Eventually {
  private static final long POLL_MS = 10;

  private Eventually() {}

  /** A question whose asking may fail, such as a remote call. */
  @FunctionalInterface
  public interface Question {
    boolean ask() throws Exception;
  }

  /**
   * Returns once the answer is yes.
   *
   * @param what what is awaited, as a clause for the message; asked for when the time is over
   * @throws AssertionError if it is not yes in time
   */
  public static void await(Duration limit, Supplier<String> what, Question question) {
    long deadlineNanos = System.nanoTime() + limit.toNanos();
    while (!yes(question)) {
      if (System.nanoTime() > deadlineNanos) {
        throw new AssertionError("After " + limit.toSeconds() + " s still not: " + what.get());
      }
      pause(POLL_MS);
    }
  }

  /** Asks all the while, and fails as soon as the answer is no. */
  public static void holdsFor(Duration time, Supplier<String> what, Question question) {
    long deadlineNanos = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < deadlineNanos) {
      if (!yes(question)) {
        throw new AssertionError("No longer: " + what.get());
      }
      pause(POLL_MS);
    }
  }

  /** Lets time pass between two looks; never a stand-in for a condition. */
  public static void pause(long ms) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(ms));
  }

  private static boolean yes(Question question) {
    try {
      return question.ask();
    } catch (Exception e) {
      throw new AssertionError("The question itself failed", e);
    }
  }
}
