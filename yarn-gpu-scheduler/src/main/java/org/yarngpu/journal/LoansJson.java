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
    json.writeObjectFieldStart("lendable");
    for (Map.Entry<String, Integer> entry : loans.lendable().entrySet()) {
      json.writeNumberField(entry.getKey(), entry.getValue());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("resting");
    for (NodeId node : loans.resting()) {
      json.writeString(node.value());
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  static Loans loans(JsonNode value) {
    JsonFields fields = new JsonFields("the loans", value);
    ImmutableSortedMap.Builder<GangId, Loans.Borrower> borrowers =
        ImmutableSortedMap.naturalOrder();
    fields.each(
        "borrowers", (gang, borrower) -> borrowers.put(new GangId(gang), borrower(borrower)));
    JsonFields lendable = new JsonFields("the lendable GPUs", fields.get("lendable"));
    ImmutableSortedMap.Builder<String, Integer> byPartition = ImmutableSortedMap.naturalOrder();
    fields.each(
        "lendable", (partition, gpus) -> byPartition.put(partition, lendable.number(partition)));
    ImmutableSortedSet.Builder<NodeId> resting = ImmutableSortedSet.naturalOrder();
    fields.texts("resting").forEach(node -> resting.add(new NodeId(node)));
    fields.end();
    return new Loans(borrowers.build(), byPartition.build(), resting.build());
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
