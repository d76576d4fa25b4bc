package org.yarngpu.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Elastic;
import org.yarngpu.storage.JsonFields;

/** The widths of an elastic gang as the field {@code elastic}; missing if it is not. */
final class ElasticJson {
  private static final String NAME = "elastic";

  private ElasticJson() {}

  static void print(Optional<Elastic> elastic, JsonGenerator json) throws IOException {
    if (elastic.isPresent()) {
      json.writeObjectFieldStart(NAME);
      json.writeNumberField("width", elastic.get().width());
      json.writeNumberField("minimum", elastic.get().minimum());
      json.writeNumberField("maximum", elastic.get().maximum());
      json.writeNumberField("growsFromMs", elastic.get().growsFromMs());
      json.writeEndObject();
    }
  }

  static Optional<Elastic> elastic(JsonFields owner) {
    @Nullable JsonNode value = owner.find(NAME);
    if (value == null) {
      return Optional.empty();
    }
    JsonFields fields = new JsonFields("the widths of a gang", value);
    Elastic elastic =
        new Elastic(
            fields.number("width"),
            fields.number("minimum"),
            fields.number("maximum"),
            fields.large("growsFromMs"));
    fields.end();
    return Optional.of(elastic);
  }
}
