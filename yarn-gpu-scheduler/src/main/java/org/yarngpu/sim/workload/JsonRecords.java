package org.yarngpu.sim.workload;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadCapability;
import com.fasterxml.jackson.core.util.JacksonFeatureSet;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;

/** The records of a JSON text: the elements of its array, or objects that follow each other. */
final class JsonRecords {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonRecords() {}

  /** What a format does with a record; the first is number 1. */
  interface RecordReader {
    void read(long number, JsonNode item) throws MalformedException;
  }

  /** Reads all records; what follows a syntax error cannot be read. */
  static void read(String file, BufferedReader text, JobCollector into, RecordReader reader)
      throws IOException {
    long number = 0;
    try (JsonParser parser = new ManyOfOneName(MAPPER.createParser(text))) {
      if (parser.nextToken() == JsonToken.START_ARRAY) {
        parser.clearCurrentToken(); // its elements are the records
      }
      MappingIterator<JsonNode> records = MAPPER.readerFor(JsonNode.class).readValues(parser);
      while (records.hasNextValue()) {
        JsonNode item = records.nextValue();
        long current = ++number;
        into.row(file, current, () -> reader.read(current, item));
      }
    } catch (JsonProcessingException malformed) {
      into.malformed(
          file,
          number + 1,
          "neither this record nor the rest is JSON: %s in line %s"
              .formatted(malformed.getOriginalMessage(), malformed.getLocation().getLineNr()));
    }
  }

  /** The fields of a JSON object that are no objects or arrays. */
  static Fields fields(JsonNode item) {
    return new Fields(
        name -> {
          JsonNode value = item.path(name);
          return value.isValueNode() && !value.isNull() ? value.asText() : "";
        });
  }

  /**
   * Puts values of one name into an array, instead of dropping all but the last: the
   * ResourceManager writes its maps as one {@code entry} after the other.
   */
  private static final class ManyOfOneName extends JsonParserDelegate {
    ManyOfOneName(JsonParser parser) {
      super(parser);
    }

    @Override
    public JacksonFeatureSet<StreamReadCapability> getReadCapabilities() {
      return super.getReadCapabilities().with(StreamReadCapability.DUPLICATE_PROPERTIES);
    }
  }
}
