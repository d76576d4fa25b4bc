package org.yarngpu.journal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.PolicyName;
import org.yarngpu.storage.JsonFields;

/**
 * A cycle as one line of JSON: {@code parse(print(cycle))} equals the cycle. Every field is named
 * here and in the classes beside this one, so that renaming code changes no file.
 */
public final class CycleJson {
  /** Raised whenever a line means something else than before. */
  public static final int VERSION = 2;

  /** Still read: had no policies, and so no forecasts. */
  private static final int VERSION_WITHOUT_POLICIES = 1;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .build();

  private static final ObjectMapper READER =
      new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private CycleJson() {}

  /** Prints one line with its end, in UTF-8; the stream is neither flushed nor closed. */
  public static void print(Cycle cycle, OutputStream out) throws IOException {
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.writeStartObject();
      json.writeNumberField("version", VERSION);
      json.writeNumberField("cycle", cycle.number());
      json.writeStringField("policy", cycle.policy().text());
      json.writeFieldName("snapshot");
      SnapshotJson.print(cycle.snapshot(), json);
      if (cycle.plan().isPresent()) {
        json.writeFieldName("plan");
        PlanJson.print(cycle.plan().get(), json);
      }
      json.writeArrayFieldStart("outcomes");
      for (Cycle.Outcome outcome : cycle.outcomes()) {
        json.writeString(outcome.name());
      }
      json.writeEndArray();
      if (cycle.failure().isPresent()) {
        json.writeStringField("failure", cycle.failure().get());
      }
      if (cycle.planNanos().isPresent()) {
        json.writeNumberField("planNanos", cycle.planNanos().getAsLong());
      }
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  /**
   * Reads one line.
   *
   * @throws JournalException if it is no cycle, or one of another version
   */
  public static Cycle parse(String line) throws JournalException {
    JsonNode root;
    try {
      root = READER.readTree(line);
    } catch (JsonProcessingException e) {
      throw new JournalException("no JSON: " + e.getOriginalMessage());
    }
    if (!root.path("version").isInt() || !root.has("snapshot")) {
      throw new JournalException("no cycle of a journal");
    }
    int version = root.path("version").intValue();
    if (version != VERSION && version != VERSION_WITHOUT_POLICIES) {
      throw new JournalException(
          "version %d of the journal is unknown, this program reads versions %d and %d. Maybe use the release that wrote it"
              .formatted(version, VERSION_WITHOUT_POLICIES, VERSION));
    }
    try {
      return cycle(new JsonFields("the cycle", root));
    } catch (IllegalArgumentException e) {
      throw new JournalException("a damaged cycle: " + e.getMessage());
    }
  }

  private static Cycle cycle(JsonFields fields) {
    boolean hasPolicy = fields.number("version") != VERSION_WITHOUT_POLICIES;
    ImmutableList.Builder<Cycle.Outcome> outcomes = ImmutableList.builder();
    fields.texts("outcomes").forEach(name -> outcomes.add(Cycle.Outcome.valueOf(name)));
    @Nullable JsonNode plan = fields.find("plan");
    Cycle cycle =
        new Cycle(
            fields.large("cycle"),
            hasPolicy ? PolicyName.of(fields.text("policy")) : PolicyName.PRIORITY,
            SnapshotJson.parse(fields.get("snapshot")),
            plan == null ? Optional.empty() : Optional.of(PlanJson.parse(plan)),
            outcomes.build(),
            fields.find("failure") == null ? Optional.empty() : Optional.of(fields.text("failure")),
            fields.find("planNanos") == null
                ? OptionalLong.empty()
                : OptionalLong.of(fields.large("planNanos")));
    fields.end();
    return cycle;
  }
}
