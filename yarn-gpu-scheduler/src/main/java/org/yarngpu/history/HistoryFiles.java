package org.yarngpu.history;

import com.google.common.collect.ImmutableSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.storage.Sink;

/**
 * Appends completions to log files of one folder, and writes snapshots beside them.
 *
 * <p>The last two snapshots are kept, and the log since the first of them: should the last be
 * damaged, the one before it gives the same with more to replay. A snapshot names the log files
 * that it covers, so those that outlive it are not learned from twice, and a file that another
 * process writes is never taken for one of them.
 */
final class HistoryFiles implements Sink<HistoryEntry> {
  static final String UNFINISHED = ".tmp";

  private static final int SNAPSHOTS_MAX = 2;
  private static final int BUFFER_BYTES = 1 << 16;

  private final Folder folder;
  private final List<String> segments = new ArrayList<>();
  private final List<String> snapshots = new ArrayList<>();

  /** Of {@link #segments}, those that the last snapshot covers. */
  private ImmutableSet<String> covered;

  private long runMs;
  private int number;
  private @Nullable OutputStream log;

  /**
   * Goes on where others ended.
   *
   * @param nowMs milliseconds since 1970
   */
  HistoryFiles(Folder folder, Recovery found, long nowMs) {
    this.folder = folder;
    found.segments().forEach(file -> segments.add(file.text()));
    found.snapshots().forEach(file -> snapshots.add(file.text()));
    covered = found.covered();
    runMs = Math.max(nowMs, found.lastRunMs() + 1);
  }

  @Override
  public void append(HistoryEntry entry) throws IOException {
    if (entry instanceof HistoryEntry.Ended ended) {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      CompletionJson.print(ended.completion(), line);
      OutputStream out = log == null ? beginLog() : log;
      line.writeTo(out);
    } else if (entry instanceof HistoryEntry.Learned learned) {
      write(learned.state());
    }
  }

  @Override
  public void flush() throws IOException {
    if (log != null) {
      log.flush();
    }
  }

  @Override
  public void close() throws IOException {
    @Nullable OutputStream ended = log;
    log = null;
    if (ended != null) {
      ended.close();
    }
  }

  private OutputStream beginLog() throws IOException {
    Begun begun = begin(HistoryFile.Kind.COMPLETIONS, "");
    segments.add(begun.name);
    log = begun.out;
    return begun.out;
  }

  /** Writes a snapshot beside its place, then puts it there and deletes what it makes needless. */
  private void write(PredictorState state) throws IOException {
    close();
    ImmutableSet<String> covers = ImmutableSet.copyOf(segments);
    Begun begun = begin(HistoryFile.Kind.SNAPSHOT, UNFINISHED);
    try {
      try (OutputStream file = begun.out;
          OutputStream packed = new GZIPOutputStream(file, BUFFER_BYTES)) {
        StateJson.print(new StateJson.Snapshot(state, covers), packed);
      }
      folder.rename(begun.name + UNFINISHED, begun.name);
    } catch (IOException e) {
      folder.delete(begun.name + UNFINISHED); // a full disk shall not be filled further
      throw e;
    }
    ImmutableSet<String> needless = covered;
    covered = covers;
    snapshots.add(begun.name);
    while (snapshots.size() > SNAPSHOTS_MAX) {
      folder.delete(snapshots.get(0));
      snapshots.remove(0);
    }
    for (String segment : List.copyOf(segments)) {
      if (needless.contains(segment)) {
        folder.delete(segment);
        segments.remove(segment);
      }
    }
  }

  private record Begun(String name, OutputStream out) {}

  private Begun begin(HistoryFile.Kind kind, String suffix) throws IOException {
    folder.make();
    for (; ; runMs++) {
      String name = new HistoryFile(kind, runMs, number + 1).text();
      try {
        OutputStream out = folder.create(name + suffix);
        number++;
        return new Begun(name, out);
      } catch (FileAlreadyExistsException taken) {
        // Another process started in the same millisecond: this one counts as the later.
      }
    }
  }
}
