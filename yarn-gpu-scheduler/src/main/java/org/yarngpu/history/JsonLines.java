package org.yarngpu.history;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.KeyLevel;
import org.yarngpu.storage.JsonFields;

/** Lines of JSON as this package writes them: ASCII alone, since a name may hold anything. */
final class JsonLines {
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .rootValueSeparator("\n")
          .build();

  /** Decimals are kept until it is known whether a double or a float was written. */
  private static final ObjectMapper READER =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final ImmutableMap<String, KeyLevel> LEVELS =
      Maps.uniqueIndex(Arrays.asList(KeyLevel.values()), KeyLevel::code);

  private JsonLines() {}

  /** Root values go to lines of their own; closing it neither flushes nor closes the stream. */
  static JsonGenerator printer(OutputStream out) throws IOException {
    return FACTORY.createGenerator(out);
  }

  /**
   * The fields of a line.
   *
   * @param owner what the line is, for messages
   */
  static JsonFields parse(String owner, String line) throws HistoryException {
    JsonNode root;
    try {
      root = READER.readTree(line);
    } catch (JsonProcessingException e) {
      throw new HistoryException(owner + " is no JSON: " + e.getOriginalMessage());
    }
    if (root instanceof MissingNode || !root.isObject()) {
      throw new HistoryException(owner + " is no JSON object");
    }
    return new JsonFields(owner, root);
  }

  /** The next line of a file that has more. */
  static String next(BufferedReader lines) throws IOException, HistoryException {
    @Nullable String line = lines.readLine();
    if (line == null) {
      throw new HistoryException("it ends too early");
    }
    return line;
  }

  /** Asserts that a line is of the version that this program writes. */
  static void requireVersion(JsonFields fields, int expected) throws HistoryException {
    int version = fields.number("version");
    if (version != expected) {
      throw new HistoryException(
          "it has version %d, this program reads version %d. Maybe use the release that wrote it"
              .formatted(version, expected));
    }
  }

  static KeyLevel level(JsonFields fields, String name) {
    String code = fields.text(name);
    @Nullable KeyLevel level = LEVELS.get(code);
    if (level == null) {
      throw new IllegalArgumentException("there is no level " + code);
    }
    return level;
  }
}
