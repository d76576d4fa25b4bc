package org.yarngpu.sim.workload;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** The text of a trace file in UTF-8, plain or gzip, whatever its name. */
final class TraceText {

  private static final int GZIP_FIRST = 0x1f;
  private static final int GZIP_SECOND = 0x8b;
  private static final int BYTE_ORDER_MARK = 0xfeff;

  private TraceText() {}

  static BufferedReader open(Path file) throws IOException {
    InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
    try {
      BufferedReader text =
          new BufferedReader(new InputStreamReader(unpacked(bytes), StandardCharsets.UTF_8));
      text.mark(1);
      if (text.read() != BYTE_ORDER_MARK) {
        text.reset();
      }
      return text;
    } catch (IOException failure) {
      bytes.close();
      throw failure;
    }
  }

  /** The first characters, at most {@code count}. */
  static String head(Path file, int count) throws IOException {
    try (BufferedReader text = open(file)) {
      char[] characters = new char[count];
      int filled = 0;
      int read = 0;
      while (filled < count && read >= 0) {
        filled += read;
        read = text.read(characters, filled, count - filled);
      }
      return new String(characters, 0, filled);
    }
  }

  private static InputStream unpacked(InputStream bytes) throws IOException {
    bytes.mark(2);
    boolean gzip = bytes.read() == GZIP_FIRST && bytes.read() == GZIP_SECOND;
    bytes.reset();
    return gzip ? new GZIPInputStream(bytes) : bytes;
  }
}
