package org.yarngpu.sim.replay;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;

/** For programs: one object, its cycles those that differ, written as it goes on. */
public final class JsonReport implements ReplayReport {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private final PrintWriter out;
  private final JsonGenerator json;

  public JsonReport(PrintWriter out) throws IOException {
    this.out = out;
    this.json = FACTORY.createGenerator(out);
    json.writeStartObject();
    json.writeArrayFieldStart("differing");
  }

  @Override
  public void cycle(CycleChanges cycle) throws IOException {
    if (cycle.changes().isEmpty()) {
      return;
    }
    json.writeStartObject();
    json.writeNumberField("cycle", cycle.number());
    json.writeNumberField("nowMs", cycle.nowMs());
    json.writeArrayFieldStart("changes");
    for (Change change : cycle.changes()) {
      json.writeStartObject();
      json.writeStringField("kind", change.kind().name().toLowerCase(Locale.ROOT));
      json.writeStringField("subject", change.subject());
      json.writeStringField("queue", change.queue());
      json.writeStringField("before", change.before());
      json.writeStringField("now", change.now());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  @Override
  public void end(Tally tally) throws IOException {
    json.writeEndArray();
    json.writeNumberField("cycles", tally.cycles());
    json.writeNumberField("cyclesDiffering", tally.differing());
    json.writeNumberField("tornLines", tally.tornLines());
    json.writeObjectFieldStart("gangsByQueue");
    for (Map.Entry<String, Tally.Gangs> entry : tally.byQueue().entrySet()) {
      json.writeObjectFieldStart(entry.getKey());
      json.writeNumberField("winners", entry.getValue().winners());
      json.writeNumberField("losers", entry.getValue().losers());
      json.writeNumberField("refused", entry.getValue().refused());
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeEndObject();
    json.close();
    out.println();
  }
}
