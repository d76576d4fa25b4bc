package org.yarngpu.history;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Lists;
import com.google.common.io.ByteStreams;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.zip.GZIPInputStream;
import org.yarngpu.history.Recovered.Damage;
import org.yarngpu.predict.Completion;
import org.yarngpu.predict.PredictorState;

/**
 * What was found in a folder, which is not changed by looking.
 *
 * @param recovered what it says
 * @param segments good log files, oldest first
 * @param covered those of them that the snapshot has learned from
 * @param snapshots the one that was used and those before it, oldest first
 * @param lastRunMs latest start in the name of any file; the least number if there is none
 */
record Recovery(
    Recovered recovered,
    ImmutableList<HistoryFile> segments,
    ImmutableSet<String> covered,
    ImmutableList<HistoryFile> snapshots,
    long lastRunMs) {

  static final Recovery NOTHING =
      new Recovery(
          Recovered.NOTHING,
          ImmutableList.of(),
          ImmutableSet.of(),
          ImmutableList.of(),
          Long.MIN_VALUE);

  /** All files of what was learned, oldest first. */
  static ImmutableList<HistoryFile> files(Folder folder) throws IOException {
    return HistoryFile.in(
        folder, EnumSet.of(HistoryFile.Kind.COMPLETIONS, HistoryFile.Kind.SNAPSHOT));
  }

  /**
   * Reads a folder.
   *
   * @throws IOException if the file system does not give its files; damaged ones are no error
   */
  static Recovery of(Folder folder) throws IOException {
    ImmutableList<HistoryFile> files = files(folder);
    ImmutableList<HistoryFile> snapshots = of(HistoryFile.Kind.SNAPSHOT, files);
    ImmutableList.Builder<Damage> damages = ImmutableList.builder();
    StateJson.Snapshot snapshot = new StateJson.Snapshot(PredictorState.EMPTY, ImmutableSet.of());
    int used = 0;
    for (HistoryFile file : Lists.reverse(snapshots)) {
      try {
        snapshot = snapshot(folder, file);
        used = snapshots.indexOf(file) + 1;
        break;
      } catch (HistoryException e) {
        damages.add(new Damage(file.text(), e.why()));
      }
    }
    ImmutableList.Builder<Completion> since = ImmutableList.builder();
    ImmutableList.Builder<HistoryFile> segments = ImmutableList.builder();
    for (HistoryFile file : of(HistoryFile.Kind.COMPLETIONS, files)) {
      try {
        if (!snapshot.covers().contains(file.text())) {
          replay(folder, file, since);
        }
        segments.add(file);
      } catch (HistoryException e) {
        damages.add(new Damage(file.text(), e.why()));
      }
    }
    return new Recovery(
        new Recovered(snapshot.state(), since.build(), damages.build()),
        segments.build(),
        snapshot.covers(),
        snapshots.subList(0, used),
        HistoryFile.lastRunMs(files));
  }

  private static ImmutableList<HistoryFile> of(
      HistoryFile.Kind kind, ImmutableList<HistoryFile> files) {
    return files.stream()
        .filter(file -> file.kind() == kind)
        .collect(ImmutableList.toImmutableList());
  }

  /** What a packed file says. */
  interface Reader<T> {
    T parse(InputStream in) throws IOException, HistoryException;
  }

  static <T> T unpacked(byte[] bytes, Reader<T> reader) throws HistoryException {
    try (InputStream packed = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
      return reader.parse(packed);
    } catch (IOException e) {
      throw new HistoryException("it cannot be unpacked: " + e.getMessage());
    }
  }

  private static StateJson.Snapshot snapshot(Folder folder, HistoryFile file)
      throws IOException, HistoryException {
    // What the file system does not give is no damage; what it gives and gzip does not read, is.
    return unpacked(bytes(folder, file), StateJson::parse);
  }

  /** Reads the lines before the first damaged one; a line without an end was never whole. */
  private static void replay(
      Folder folder, HistoryFile file, ImmutableList.Builder<Completion> into)
      throws IOException, HistoryException {
    byte[] bytes = bytes(folder, file);
    int number = 0;
    int start = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == '\n') {
        number++;
        String line = new String(bytes, start, at - start, StandardCharsets.US_ASCII);
        try {
          into.add(CompletionJson.parse(line));
        } catch (HistoryException e) {
          throw new HistoryException("line %d: %s".formatted(number, e.why()));
        }
        start = at + 1;
      }
    }
  }

  static byte[] bytes(Folder folder, HistoryFile file) throws IOException {
    try (InputStream in = folder.open(file.text())) {
      return ByteStreams.toByteArray(in);
    }
  }
}
