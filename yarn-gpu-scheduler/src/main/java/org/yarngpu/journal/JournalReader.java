package org.yarngpu.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads cycles, one at a time, from a file or from all files of a journal's folder, oldest first. A
 * file may end in the middle of a line, as it does while it is written and after its writer was
 * killed: that line is left out and counted.
 */
public final class JournalReader implements Closeable {
  private static final int GZIP_FIRST_BYTE = 0x1f;

  private final Iterator<Path> files;
  private @Nullable OpenFile file;
  private int tornLines;

  private JournalReader(ImmutableList<Path> files) {
    this.files = files.iterator();
  }

  /**
   * Opens a journal.
   *
   * @param journal a file, plain or packed, or a folder of them
   * @throws JournalException if there is none
   */
  public static JournalReader open(Path journal) throws IOException, JournalException {
    if (!Files.isDirectory(journal)) {
      return new JournalReader(ImmutableList.of(journal));
    }
    ImmutableList<Path> files = JournalFiles.in(journal);
    if (files.isEmpty()) {
      throw new JournalException(
          "%s has no file cycles-*.jsonl.gz. Maybe the ResourceManager's journal.dir is another one."
              .formatted(journal));
    }
    return new JournalReader(files);
  }

  /** The next cycle; null after the last. */
  public @Nullable Cycle next() throws IOException, JournalException {
    while (true) {
      if (file == null) {
        if (!files.hasNext()) {
          return null;
        }
        file = OpenFile.of(files.next());
      }
      @Nullable String line = file.next();
      if (line == null) {
        close();
        continue;
      }
      try {
        return CycleJson.parse(line);
      } catch (JournalException e) {
        if (!file.isTorn()) {
          throw new JournalException(
              "%s:%d: %s.".formatted(file.path, file.lineNumber, e.getMessage()));
        }
        tornLines++;
      }
    }
  }

  /** Last lines that were not whole, so far. */
  public int tornLines() {
    return tornLines;
  }

  @Override
  public void close() throws IOException {
    @Nullable OpenFile current = file;
    file = null;
    if (current != null) {
      current.lines.close();
    }
  }

  /** A file, one line ahead. */
  private static final class OpenFile {
    final Path path;
    final BufferedReader lines;
    final Tail tail;
    int lineNumber;
    private @Nullable String upcoming;

    private OpenFile(Path path, Tail tail) {
      this.path = path;
      this.tail = tail;
      this.lines = new BufferedReader(new InputStreamReader(tail, UTF_8));
    }

    static OpenFile of(Path path) throws IOException, JournalException {
      InputStream raw;
      try {
        raw = new BufferedInputStream(Files.newInputStream(path));
      } catch (NoSuchFileException e) {
        throw new JournalException(
            "%s: there is no such file. Maybe the journal's bound has just deleted it; then read it again."
                .formatted(path));
      }
      OpenFile file = new OpenFile(path, new Tail(unpacked(raw)));
      file.upcoming = file.lines.readLine();
      return file;
    }

    private static InputStream unpacked(InputStream raw) throws IOException {
      raw.mark(1);
      int first = raw.read();
      raw.reset();
      if (first != GZIP_FIRST_BYTE) {
        return raw;
      }
      try {
        return new GZIPInputStream(raw, 1 << 16);
      } catch (EOFException torn) {
        raw.close();
        return InputStream.nullInputStream();
      }
    }

    @Nullable String next() throws IOException {
      @Nullable String line = upcoming;
      if (line != null) {
        upcoming = lines.readLine();
        lineNumber++;
      }
      return line;
    }

    /** Whether the line just returned is the last and has no end. */
    boolean isTorn() {
      return upcoming == null && tail.inLine;
    }
  }

  /** Ends where a packed stream breaks off. */
  private static final class Tail extends FilterInputStream {
    /** Whether the last byte so far was not the end of a line. */
    boolean inLine;

    Tail(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int count;
      try {
        count = super.read(buffer, offset, length);
      } catch (EOFException broken) {
        return -1;
      }
      if (count > 0) {
        inLine = buffer[offset + count - 1] != '\n';
      }
      return count;
    }
  }
}
