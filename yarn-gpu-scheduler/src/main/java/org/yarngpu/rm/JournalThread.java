package org.yarngpu.rm;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.journal.Cycle;
import org.yarngpu.journal.JournalFiles;
import org.yarngpu.model.ClusterSnapshot;

/**
 * Writes cycles to disk on a thread of its own. What is offered faster than the disk takes it is
 * dropped and counted, so that the loop never waits; so is all while the disk takes nothing.
 */
final class JournalThread implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(JournalThread.class);

  /** Nodes, queues and gangs of the cycles that wait, together; about 100 MB of heap. */
  static final int WAITING_MAX = 100_000;

  private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final JournalFiles files;
  private final String folder;
  private final Runnable dropped;
  private final Ticker ticker;

  /** Bounded by {@link #room}; empty is the end. */
  private final BlockingQueue<Optional<Cycle>> waiting = new LinkedBlockingQueue<>();

  private final Semaphore room = new Semaphore(WAITING_MAX);
  private final Thread thread;

  private long flushedNanos;
  private boolean broken;
  private long brokenNanos;

  private JournalThread(JournalFiles files, String folder, Runnable dropped, Ticker ticker) {
    this.files = files;
    this.folder = folder;
    this.dropped = dropped;
    this.ticker = ticker;
    this.thread = new Thread(this, "GpuScheduler journal");
  }

  /**
   * Starts it.
   *
   * @param folder of the files, for messages
   * @param dropped told of each cycle that is not kept, by any thread
   */
  static JournalThread start(JournalFiles files, String folder, Runnable dropped, Ticker ticker) {
    JournalThread journal = new JournalThread(files, folder, dropped, ticker);
    journal.thread.setDaemon(true);
    // Hadoop's own handler would end the ResourceManager at an Error.
    journal.thread.setUncaughtExceptionHandler(
        (ended, bug) ->
            LOG.error("The journal has ended by a bug; scheduling goes on without it", bug));
    journal.thread.start();
    return journal;
  }

  /** Leaves the cycle to the thread, or drops it; never blocks. */
  void offer(Cycle cycle) {
    if (room.tryAcquire(weight(cycle))) {
      waiting.add(Optional.of(cycle));
    } else {
      dropped.run();
    }
  }

  /** Lets the thread write what waits, then ends it. */
  void close() {
    waiting.add(Optional.empty());
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void run() {
    try {
      for (Optional<Cycle> next = waiting.take(); next.isPresent(); next = waiting.take()) {
        write(next.get());
        room.release(weight(next.get()));
      }
      files.close();
    } catch (IOException e) {
      fail(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Cycle cycle) {
    long nowNanos = ticker.read();
    if (broken && nowNanos - brokenNanos < RETRY_NANOS) {
      dropped.run();
      return;
    }
    try {
      files.append(cycle);
      if (waiting.isEmpty() || nowNanos - flushedNanos >= FLUSH_NANOS) {
        files.flush();
        flushedNanos = nowNanos;
      }
      if (broken) {
        LOG.info("The journal in {} is written again", folder);
        broken = false;
      }
    } catch (IOException e) {
      dropped.run();
      fail(e);
      brokenNanos = nowNanos;
    }
  }

  private void fail(IOException e) {
    if (!broken) {
      LOG.warn(
          "The journal cannot be written to {} ({}). Scheduling goes on without it, and every minute"
              + " it is tried again. Maybe the folder is missing, full or not writable for the"
              + " ResourceManager's user",
          folder,
          e.toString());
    }
    broken = true;
    try {
      files.close();
    } catch (IOException again) {
      LOG.debug("The journal's file cannot be ended either", again);
    }
  }

  /** What a cycle takes of {@link #WAITING_MAX}; one that takes more than all takes all. */
  private static int weight(Cycle cycle) {
    ClusterSnapshot snapshot = cycle.snapshot();
    int parts =
        snapshot.nodes().size()
            + snapshot.queues().size()
            + snapshot.gangs().size()
            + snapshot.running().size();
    return Math.min(WAITING_MAX, 1 + parts);
  }
}
