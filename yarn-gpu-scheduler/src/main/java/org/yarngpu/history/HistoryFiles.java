package org.yarngpu.history;

import com.google.common.collect.ImmutableSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
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
  private static final int SNAPSHOTS_MAX = 2;

  private final Folder folder;
  private final List<String> segments = new ArrayList<>();
  private final List<String> snapshots = new ArrayList<>();

  /** Of {@link #segments}, those that the last snapshot covers. */
  private ImmutableSet<String> covered;

  private final OwnFiles own;
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
    own = new OwnFiles(folder, nowMs, found.lastRunMs());
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
    OwnFiles.Begun begun = own.begin(HistoryFile.Kind.COMPLETIONS);
    segments.add(begun.name());
    log = begun.out();
    return begun.out();
  }

  /** Writes a snapshot beside its place, then puts it there and deletes what it makes needless. */
  private void write(PredictorState state) throws IOException {
    close();
    ImmutableSet<String> covers = ImmutableSet.copyOf(segments);
    snapshots.add(
        own.write(
            HistoryFile.Kind.SNAPSHOT,
            out -> StateJson.print(new StateJson.Snapshot(state, covers), out)));
    ImmutableSet<String> needless = covered;
    covered = covers;
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
}
