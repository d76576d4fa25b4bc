package org.yarngpu.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Loans;
import org.yarngpu.model.NodeId;
import org.yarngpu.storage.JsonFields;

/** Loans as JSON; a snapshot without any has none. */
final class LoansJson {
  private LoansJson() {}

  static void print(Loans loans, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("borrowers");
    for (Map.Entry<GangId, Loans.Borrower> entry : loans.borrowers().entrySet()) {
      json.writeObjectFieldStart(entry.getKey().value());
      if (entry.getValue().checkpointMs().isPresent()) {
        json.writeNumberField("checkpointMs", entry.getValue().checkpointMs().getAsLong());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeObjectFieldStart("surplus");
    for (Map.Entry<GangId, Loans.Surplus> entry : loans.surplus().entrySet()) {
      json.writeNumberField(entry.getKey().value(), entry.getValue().maximum());
    }
    json.writeEndObject();
    print("lendable", loans.lendable(), json);
    print("standby", loans.standby(), json);
    json.writeArrayFieldStart("resting");
    for (NodeId node : loans.resting()) {
      json.writeString(node.value());
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void print(
      String name, ImmutableSortedMap<String, Integer> byPartition, JsonGenerator json)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, Integer> entry : byPartition.entrySet()) {
      json.writeNumberField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
  }

  static Loans loans(JsonNode value) {
    JsonFields fields = new JsonFields("the loans", value);
    ImmutableSortedMap.Builder<GangId, Loans.Borrower> borrowers =
        ImmutableSortedMap.naturalOrder();
    fields.each(
        "borrowers", (gang, borrower) -> borrowers.put(new GangId(gang), borrower(borrower)));
    ImmutableSortedMap<String, Integer> lendable = gpus("lendable", fields);
    // Journals of before there were such have none.
    ImmutableSortedMap.Builder<GangId, Loans.Surplus> surplus = ImmutableSortedMap.naturalOrder();
    if (fields.find("surplus") != null) {
      gpus("surplus", fields)
          .forEach((gang, maximum) -> surplus.put(new GangId(gang), new Loans.Surplus(maximum)));
    }
    ImmutableSortedMap<String, Integer> standby =
        fields.find("standby") == null ? ImmutableSortedMap.of() : gpus("standby", fields);
    ImmutableSortedSet.Builder<NodeId> resting = ImmutableSortedSet.naturalOrder();
    fields.texts("resting").forEach(node -> resting.add(new NodeId(node)));
    fields.end();
    return new Loans(borrowers.build(), surplus.build(), lendable, standby, resting.build());
  }

  private static ImmutableSortedMap<String, Integer> gpus(String name, JsonFields fields) {
    JsonFields gpus = new JsonFields(name, fields.get(name));
    ImmutableSortedMap.Builder<String, Integer> byPartition = ImmutableSortedMap.naturalOrder();
    fields.each(name, (partition, value) -> byPartition.put(partition, gpus.number(partition)));
    return byPartition.build();
  }

  private static Loans.Borrower borrower(JsonNode value) {
    JsonFields fields = new JsonFields("a borrower", value);
    Loans.Borrower borrower =
        new Loans.Borrower(
            fields.find("checkpointMs") == null
                ? OptionalLong.empty()
                : OptionalLong.of(fields.large("checkpointMs")));
    fields.end();
    return borrower;
  }
}
