package org.yarngpu.history;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.common.collect.ImmutableMap;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.yarngpu.storage.JsonFields;

/**
 * The use of users as lines of JSON: a head, then one line a user of a queue. {@code
 * parse(print(use))} equals it.
 */
final class UseJson {
  /** Raised whenever a line means something else than before. */
  static final int VERSION = 1;

  private UseJson() {}

  /** Prints all lines; the stream is neither flushed nor closed. */
  static void print(UseState use, OutputStream out) throws IOException {
    try (JsonGenerator json = JsonLines.printer(out)) {
      json.writeStartObject();
      json.writeNumberField("version", VERSION);
      json.writeNumberField("at", use.atMs());
      json.writeNumberField("users", use.gpuMs().values().stream().mapToInt(Map::size).sum());
      json.writeEndObject();
      for (var queue : use.gpuMs().entrySet()) {
        for (var user : queue.getValue().entrySet()) {
          json.writeStartObject();
          json.writeStringField("queue", queue.getKey());
          json.writeStringField("user", user.getKey());
          json.writeNumberField("gpuMs", user.getValue());
          json.writeEndObject();
        }
      }
      json.writeRaw('\n');
    }
  }

  /**
   * Reads all lines.
   *
   * @throws HistoryException if they are no use of users, not the whole of it, or of another
   *     version
   */
  static UseState parse(InputStream in) throws IOException, HistoryException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
    try {
      JsonFields head = JsonLines.parse("the first line", JsonLines.next(lines));
      JsonLines.requireVersion(head, VERSION);
      long atMs = head.large("at");
      int count = head.number("users");
      head.end();
      Map<String, ImmutableMap.Builder<String, Double>> byQueue = new TreeMap<>();
      for (int i = 0; i < count; i++) {
        JsonFields user = JsonLines.parse("a user", JsonLines.next(lines));
        double gpuMs = user.real("gpuMs");
        if (!(gpuMs > 0) || !Double.isFinite(gpuMs)) {
          throw new HistoryException("gpuMs (%s) is not above 0".formatted(gpuMs));
        }
        byQueue
            .computeIfAbsent(user.text("queue"), queue -> ImmutableMap.builder())
            .put(user.text("user"), gpuMs);
        user.end();
      }
      if (lines.readLine() != null) {
        throw new HistoryException("it has more than its %d users".formatted(count));
      }
      ImmutableMap.Builder<String, ImmutableMap<String, Double>> gpuMs = ImmutableMap.builder();
      byQueue.forEach((queue, users) -> gpuMs.put(queue, users.build()));
      return new UseState(atMs, gpuMs.build());
    } catch (IllegalArgumentException e) {
      throw new HistoryException(e);
    }
  }
}
