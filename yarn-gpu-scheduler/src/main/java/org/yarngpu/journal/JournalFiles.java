package org.yarngpu.journal;

import com.google.common.collect.ImmutableList;
import com.google.common.io.CountingOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.yarngpu.storage.FileTime;
import org.yarngpu.storage.Sink;

/**
 * Appends cycles to files of one folder, packed, and deletes the oldest files so that all together
 * stay within a bound. Confined to one thread.
 *
 * <p>A file is closed at an eighth of the bound, and a new one is begun only once the others take
 * no more than six eighths. So the bound holds as long as a packed line takes less than an eighth.
 */
public final class JournalFiles implements Sink<Cycle> {
  private static final String PREFIX = "cycles-";
  private static final String SUFFIX = ".jsonl.gz";
  private static final int PARTS = 8;
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path folder;
  private final long maxBytes;
  private @Nullable OutputStream lines;
  private @Nullable CountingOutputStream packed;

  /**
   * Of a folder.
   *
   * @param folder exists, and is made neither here nor later
   * @param maxBytes of all files together, positive
   */
  public JournalFiles(Path folder, long maxBytes) {
    this.folder = folder;
    this.maxBytes = maxBytes;
  }

  /** The files of a journal, oldest first. */
  public static ImmutableList<Path> in(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(
              file -> {
                String name = file.getFileName().toString();
                return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
              })
          .sorted()
          .collect(ImmutableList.toImmutableList());
    }
  }

  @Override
  public void append(Cycle cycle) throws IOException {
    OutputStream out = lines == null ? open(cycle.snapshot().nowMs()) : lines;
    CycleJson.print(cycle, out);
    if (packed != null && packed.getCount() >= maxBytes / PARTS) {
      close();
    }
  }

  @Override
  public void flush() throws IOException {
    if (lines != null) {
      lines.flush();
    }
  }

  @Override
  public void close() throws IOException {
    @Nullable OutputStream gzip = lines;
    @Nullable OutputStream file = packed;
    lines = null;
    packed = null;
    if (gzip != null && file != null) {
      try {
        gzip.close();
      } finally {
        file.close(); // on a full disk the outer one fails before it comes to this
      }
    }
  }

  private OutputStream open(long nowMs) throws IOException {
    deleteOldest();
    CountingOutputStream file = new CountingOutputStream(create(nowMs));
    OutputStream out = new GZIPOutputStream(file, BUFFER_BYTES, true);
    packed = file;
    lines = out;
    return out;
  }

  private OutputStream create(long nowMs) throws IOException {
    for (long ms = nowMs; ; ms++) {
      Path file = folder.resolve(PREFIX + FileTime.text(ms) + SUFFIX);
      try {
        return Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (FileAlreadyExistsException taken) {
        // Two files within a millisecond: the name of the next.
      }
    }
  }

  private void deleteOldest() throws IOException {
    ImmutableList<Path> files = in(folder);
    long bytes = 0;
    for (Path file : files) {
      bytes += Files.size(file);
    }
    for (Path file : files) {
      if (bytes <= maxBytes / PARTS * (PARTS - 2)) {
        return;
      }
      bytes -= Files.size(file);
      Files.delete(file);
    }
  }
}
