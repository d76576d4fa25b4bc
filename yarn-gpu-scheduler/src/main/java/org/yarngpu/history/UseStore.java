package org.yarngpu.history;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.history.Recovered.Damage;
import org.yarngpu.storage.Sink;
import org.yarngpu.storage.WriterThread;

/**
 * Keeps the use of users in a folder, whole, once a minute, so that the next process knows it. The
 * last two files are kept. Nobody waits for the folder, and nothing fails by it.
 *
 * <p>Not safe for threads; a thread of its own writes.
 */
public final class UseStore {
  private static final Logger LOG = LoggerFactory.getLogger(UseStore.class);

  private static final EnumSet<HistoryFile.Kind> USE = EnumSet.of(HistoryFile.Kind.USE);
  private static final int FILES_MAX = 2;
  private static final int WAITING_MAX = 2;
  private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final WriterThread<UseState> writer;
  private final Ticker ticker;

  /** A new file would hide those that are there and could not be read. */
  private final boolean mayWrite;

  private long keptNanos;

  /**
   * A store, and what was in its folder.
   *
   * @param store to be closed
   * @param recovered the use that was kept last
   */
  public record Opened(UseStore store, UseState recovered) {}

  /**
   * What was found.
   *
   * @param files those that are kept, oldest first
   */
  private record Found(
      UseState use,
      ImmutableList<HistoryFile> files,
      ImmutableList<Damage> damages,
      long lastRunMs) {
    static final Found NOTHING =
        new Found(UseState.NOTHING, ImmutableList.of(), ImmutableList.of(), Long.MIN_VALUE);
  }

  private UseStore(Folder folder, Files files, boolean mayWrite, Ticker ticker) {
    this.mayWrite = mayWrite;
    this.ticker = ticker;
    this.keptNanos = ticker.read();
    this.writer =
        WriterThread.start(
            files,
            new WriterThread.Subject("use of users", folder.toString()),
            new WriterThread.Room<>(WAITING_MAX, use -> 1),
            use -> {}, // a minute later comes all of it
            ticker);
  }

  /**
   * Reads a folder, which is made if it is missing. Damaged files are given names that end with
   * {@code .damaged}, and the log says so; then the file before them counts.
   *
   * <p>Waits for the file system. Call it when the process becomes the active one, not before.
   *
   * @param clock for names of files
   * @param ticker for when a minute is over
   */
  public static Opened open(Folder folder, Clock clock, Ticker ticker) {
    Found found = Found.NOTHING;
    boolean read = false;
    try {
      found = find(folder);
      read = true;
      folder.make();
      OwnFiles.deleteUnfinished(folder);
    } catch (IOException e) {
      LOG.warn(
          "The use of users in {} cannot be {} ({}). {}. Maybe the folder may not be made or read by"
              + " the ResourceManager's user, or its file system is not up yet: then restart the"
              + " ResourceManager once it is",
          folder,
          read ? "made or cleaned" : "read",
          e.toString(),
          read
              ? "It goes on from what was read"
              : "All users begin equal, and what they use is not kept, since it would hide what is"
                  + " there");
    }
    found.damages.forEach(
        damage -> damage.setAside(folder, "use of users", "The use of users goes on"));
    Files files = new Files(folder, found, clock.millis());
    return new Opened(new UseStore(folder, files, read, ticker), found.use);
  }

  private static Found find(Folder folder) throws IOException {
    ImmutableList<HistoryFile> files = HistoryFile.in(folder, USE);
    ImmutableList.Builder<Damage> damages = ImmutableList.builder();
    UseState use = UseState.NOTHING;
    int good = 0;
    for (HistoryFile file : Lists.reverse(files)) {
      byte[] bytes = Recovery.bytes(folder, file);
      try {
        use = Recovery.unpacked(bytes, UseJson::parse);
        good = files.indexOf(file) + 1;
        break;
      } catch (HistoryException e) {
        damages.add(new Damage(file.text(), e.why()));
      }
    }
    return new Found(use, files.subList(0, good), damages.build(), HistoryFile.lastRunMs(files));
  }

  /**
   * Keeps the use of users, if that was done a minute ago or more; never blocks.
   *
   * @param use asked for at most once, on this thread
   */
  public void keep(Supplier<UseState> use) {
    if (ticker.read() - keptNanos >= PERIOD_NANOS) {
      keptNanos = ticker.read();
      offer(use.get());
    }
  }

  /** Writes what waits and the last use, for 5 s at most. */
  public void close(UseState last) {
    offer(last);
    writer.close();
  }

  /** Where nobody used anything there is nothing to keep; what was kept before decays by itself. */
  private void offer(UseState use) {
    if (mayWrite && !use.gpuMs().isEmpty()) {
      writer.offer(use);
    }
  }

  /** Files of whole use, of which the last counts. */
  private static final class Files implements Sink<UseState> {
    private final Folder folder;
    private final OwnFiles own;
    private final Deque<String> names = new ArrayDeque<>();

    Files(Folder folder, Found found, long nowMs) {
      this.folder = folder;
      this.own = new OwnFiles(folder, nowMs, found.lastRunMs);
      found.files.forEach(file -> names.add(file.text()));
    }

    @Override
    public void append(UseState use) throws IOException {
      names.add(own.write(HistoryFile.Kind.USE, out -> UseJson.print(use, out)));
      while (names.size() > FILES_MAX) {
        folder.delete(names.getFirst());
        names.removeFirst();
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
