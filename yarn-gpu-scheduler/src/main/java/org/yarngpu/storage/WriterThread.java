package org.yarngpu.storage;

import com.google.common.base.Ticker;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes items on a thread of its own. What is offered faster than the disk takes it is dropped and
 * counted, so that whoever offers never waits; so is all while the disk takes nothing.
 */
public final class WriterThread<T> implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(WriterThread.class);

  private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final long CLOSE_MS = 5_000;

  private final Sink<T> sink;
  private final Subject subject;
  private final Room<T> room;
  private final Consumer<T> dropped;
  private final Ticker ticker;

  /** Bounded by {@link #free}; empty is the end. */
  private final BlockingQueue<Optional<T>> waiting = new LinkedBlockingQueue<>();

  private final Semaphore free;
  private final Thread thread;

  private long flushedNanos;
  private boolean broken;
  private long brokenNanos;

  /**
   * What messages and the thread are called by.
   *
   * @param name of what is written, such as "journal"
   * @param folder it is written to
   */
  public record Subject(String name, String folder) {}

  /**
   * How much may wait.
   *
   * @param max weight of all items that wait, together
   * @param weight of an item, positive; one that weighs more than {@code max} takes all
   */
  public record Room<T>(int max, ToIntFunction<T> weight) {
    int of(T item) {
      return Math.min(max, weight.applyAsInt(item));
    }
  }

  private WriterThread(
      Sink<T> sink, Subject subject, Room<T> room, Consumer<T> dropped, Ticker ticker) {
    this.sink = sink;
    this.subject = subject;
    this.room = room;
    this.dropped = dropped;
    this.ticker = ticker;
    this.free = new Semaphore(room.max());
    this.thread = new Thread(this::run, "GpuScheduler " + subject.name());
  }

  /**
   * Starts it.
   *
   * @param dropped told of each item that is not kept, by any thread
   */
  public static <T> WriterThread<T> start(
      Sink<T> sink, Subject subject, Room<T> room, Consumer<T> dropped, Ticker ticker) {
    WriterThread<T> writer = new WriterThread<>(sink, subject, room, dropped, ticker);
    writer.thread.setDaemon(true);
    // Hadoop's own handler would end the ResourceManager at an Error.
    writer.thread.setUncaughtExceptionHandler(
        (ended, bug) ->
            LOG.error(
                "The {} has ended by a bug; scheduling goes on without it", subject.name(), bug));
    writer.thread.start();
    return writer;
  }

  /** Leaves the item to the thread, or drops it; never blocks. */
  public void offer(T item) {
    if (free.tryAcquire(room.of(item))) {
      waiting.add(Optional.of(item));
    } else {
      dropped.accept(item);
    }
  }

  /** Lets the thread write what waits, for 5 s at most, then ends it. */
  @Override
  public void close() {
    waiting.add(Optional.empty());
    try {
      thread.join(CLOSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      for (Optional<T> next = waiting.take(); next.isPresent(); next = waiting.take()) {
        write(next.get());
        free.release(room.of(next.get()));
      }
      sink.close();
    } catch (IOException e) {
      fail(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(T item) {
    long nowNanos = ticker.read();
    if (broken && nowNanos - brokenNanos < RETRY_NANOS) {
      dropped.accept(item);
      return;
    }
    try {
      sink.append(item);
      if (waiting.isEmpty() || nowNanos - flushedNanos >= FLUSH_NANOS) {
        sink.flush();
        flushedNanos = nowNanos;
      }
      if (broken) {
        LOG.info("The {} in {} is written again", subject.name(), subject.folder());
        broken = false;
      }
    } catch (IOException e) {
      dropped.accept(item);
      fail(e);
      brokenNanos = nowNanos;
    }
  }

  private void fail(IOException e) {
    if (!broken) {
      LOG.warn(
          "The {} cannot be written to {} ({}). Scheduling goes on without it, and every minute"
              + " it is tried again. Maybe the folder is missing, full or not writable for the"
              + " ResourceManager's user",
          subject.name(),
          subject.folder(),
          e.toString());
    }
    broken = true;
    try {
      sink.close();
    } catch (IOException again) {
      LOG.debug("The file of the {} cannot be ended either", subject.name(), again);
    }
  }
}
