package org.yarngpu.history;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.util.zip.GZIPOutputStream;

/** The files that this process begins: their names sort after those that were there. */
final class OwnFiles {
  private static final String UNFINISHED = ".tmp";
  private static final int BUFFER_BYTES = 1 << 16;

  private final Folder folder;
  private long runMs;
  private int number;

  /** What a packed file is to hold. */
  interface Body {
    void print(OutputStream out) throws IOException;
  }

  /** A file that is open. */
  record Begun(String name, OutputStream out) {}

  /**
   * Begins none yet.
   *
   * @param nowMs milliseconds since 1970
   * @param lastRunMs latest start in the name of any file that is there
   */
  OwnFiles(Folder folder, long nowMs, long lastRunMs) {
    this.folder = folder;
    this.runMs = Math.max(nowMs, lastRunMs + 1);
  }

  Begun begin(HistoryFile.Kind kind) throws IOException {
    return begin(kind, "");
  }

  /** Writes a packed file beside its place, then puts it there; returns its name. */
  String write(HistoryFile.Kind kind, Body body) throws IOException {
    Begun begun = begin(kind, UNFINISHED);
    try {
      try (OutputStream file = begun.out;
          OutputStream packed = new GZIPOutputStream(file, BUFFER_BYTES)) {
        body.print(packed);
      }
      folder.rename(begun.name + UNFINISHED, begun.name);
    } catch (IOException e) {
      folder.delete(begun.name + UNFINISHED); // a full disk shall not be filled further
      throw e;
    }
    return begun.name;
  }

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

  /** Deletes what a process that was killed left behind. */
  static void deleteUnfinished(Folder folder) throws IOException {
    for (String name : folder.list()) {
      if (name.endsWith(UNFINISHED)
          && HistoryFile.parse(name.substring(0, name.length() - UNFINISHED.length()))
              .isPresent()) {
        folder.delete(name);
      }
    }
  }
}
