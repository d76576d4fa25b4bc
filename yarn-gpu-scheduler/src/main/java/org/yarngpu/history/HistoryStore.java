package org.yarngpu.history;

import com.google.common.base.Ticker;
import java.io.Closeable;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.storage.WriterThread;

/**
 * Keeps what a predictor learns in a folder, so that the next process knows it. Whatever happens to
 * the folder, nobody waits for it and nothing fails: what cannot be kept is dropped and counted.
 *
 * <p>Not safe for threads; a thread of its own writes.
 */
public final class HistoryStore implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(HistoryStore.class);

  static final int COMPLETIONS_PER_SNAPSHOT = 1_000;

  /** What may wait, in completions; about 10 MB of heap, and as much for a snapshot. */
  static final int WAITING_MAX = 10_000;

  /** More than half of all, so that no two snapshots wait. */
  private static final int SNAPSHOT_WEIGHT = WAITING_MAX / 2 + 1;

  /** Most completions of a process that takes no snapshots, about 20 MB of files. */
  private static final int UNREAD_MAX = 100_000;

  private static final long SNAPSHOT_NANOS = TimeUnit.HOURS.toNanos(1);
  private static final long RETRY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final WriterThread<HistoryEntry> writer;
  private final Runnable dropped;
  private final Ticker ticker;

  /** A snapshot would hide a history that is there and could not be read. */
  private final boolean mayTakeSnapshots;

  /** Whether the files lack something that was learned. */
  private final AtomicBoolean incomplete;

  private int sinceSnapshot;
  private long snapshotNanos;

  /**
   * A store, and what was in its folder.
   *
   * @param store to be closed
   * @param recovered what a predictor should start from
   */
  public record Opened(HistoryStore store, Recovered recovered) {}

  private HistoryStore(
      Folder folder,
      HistoryFiles files,
      Recovered recovered,
      boolean mayTakeSnapshots,
      Runnable dropped,
      Ticker ticker) {
    this.mayTakeSnapshots = mayTakeSnapshots;
    this.incomplete = new AtomicBoolean(!recovered.damages().isEmpty());
    this.dropped = dropped;
    this.ticker = ticker;
    this.sinceSnapshot = recovered.since().size();
    this.snapshotNanos = ticker.read();
    this.writer =
        WriterThread.start(
            files,
            new WriterThread.Subject("history of forecasts", folder.toString()),
            new WriterThread.Room<>(WAITING_MAX, HistoryStore::weight),
            this::lost,
            ticker);
  }

  private void lost(HistoryEntry entry) {
    incomplete.set(true);
    if (entry instanceof HistoryEntry.Ended) {
      dropped.run();
    }
  }

  /**
   * Reads a folder, which is made if it is missing, and begins to keep what is appended. Damaged
   * files are given names that end with {@code .damaged}, and the log says so.
   *
   * <p>Waits for the file system. Call it when the process becomes the active one, not before: what
   * another one learns later would be missing.
   *
   * @param clock for names of files
   * @param ticker for when a snapshot is due
   * @param dropped told of each completion that is not in the log, by any thread; a later snapshot
   *     has it, if the disk takes one
   */
  public static Opened open(Folder folder, Clock clock, Ticker ticker, Runnable dropped) {
    Recovery found = Recovery.NOTHING;
    boolean read = false;
    try {
      found = Recovery.of(folder);
      read = true;
      folder.make();
      OwnFiles.deleteUnfinished(folder);
    } catch (IOException e) {
      LOG.warn(
          "The history of forecasts in {} cannot be {} ({}). Forecasts go on {}. Maybe the folder"
              + " may not be made or read by the ResourceManager's user, or its file system is not"
              + " up yet: then restart the ResourceManager once it is",
          folder,
          read ? "made or cleaned" : "read",
          e.toString(),
          read ? "from what was read" : "from nothing; what they learn is added to it");
    }
    found
        .recovered()
        .damages()
        .forEach(damage -> damage.setAside(folder, "history of forecasts", "Forecasts go on"));
    HistoryFiles files = new HistoryFiles(folder, found, clock.millis());
    return new Opened(
        new HistoryStore(folder, files, found.recovered(), read, dropped, ticker),
        found.recovered());
  }

  /**
   * Reads a folder and changes nothing there.
   *
   * @throws IOException if the file system does not give its files; damaged ones are no error
   */
  public static Recovered read(Folder folder) throws IOException {
    return Recovery.of(folder).recovered();
  }

  /** Whether a history is there, whatever its state. */
  public static boolean existsIn(Folder folder) throws IOException {
    return !Recovery.files(folder).isEmpty();
  }

  /**
   * Puts a history in the place of whatever is there, while no process keeps one there.
   *
   * @throws IOException if it cannot be written; then the old one is still there
   */
  public static void replace(Folder folder, Clock clock, PredictorState state) throws IOException {
    var old = Recovery.files(folder);
    long runMs = Math.max(clock.millis(), HistoryFile.lastRunMs(old) + 1);
    try (HistoryFiles files = new HistoryFiles(folder, Recovery.NOTHING, runMs)) {
      files.append(new HistoryEntry.Learned(state));
    }
    for (HistoryFile file : old) {
      folder.delete(file.text());
    }
  }

  /**
   * Keeps a completion that has just been learned; never blocks. Every 1,000 completions or hour,
   * and a minute after something was dropped, a snapshot is taken in this call.
   *
   * @param state of the predictor that has learned it, asked for at most once, on this thread
   */
  public void append(Completion completion, Supplier<PredictorState> state) {
    sinceSnapshot++;
    if (!mayTakeSnapshots && sinceSnapshot > UNREAD_MAX) {
      dropped.run();
      return;
    }
    writer.offer(new HistoryEntry.Ended(completion));
    if (mayTakeSnapshots && snapshotIsDue()) {
      sinceSnapshot = 0;
      snapshotNanos = ticker.read();
      incomplete.set(false);
      writer.offer(new HistoryEntry.Learned(state.get()));
    }
  }

  private boolean snapshotIsDue() {
    long nanos = ticker.read() - snapshotNanos;
    return sinceSnapshot >= COMPLETIONS_PER_SNAPSHOT
        || nanos >= SNAPSHOT_NANOS
        || (incomplete.get() && nanos >= RETRY_NANOS);
  }

  /** Writes what waits, for 5 s at most. */
  @Override
  public void close() {
    writer.close();
  }

  private static int weight(HistoryEntry entry) {
    return entry instanceof HistoryEntry.Learned ? SNAPSHOT_WEIGHT : 1;
  }
}
