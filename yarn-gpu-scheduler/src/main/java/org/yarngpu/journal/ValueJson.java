package org.yarngpu.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.Ints;
import java.io.IOException;
import java.util.Map;
import org.yarngpu.model.AskKey;
import org.yarngpu.model.GangId;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Promise;
import org.yarngpu.model.Reason;
import org.yarngpu.model.Rejection;
import org.yarngpu.model.Reservation;
import org.yarngpu.model.Resources;
import org.yarngpu.storage.JsonFields;

/** Values that both snapshots and plans have. */
final class ValueJson {
  private ValueJson() {}

  /** {@code [memoryMib, vcores, gpus]}. */
  static void print(Resources size, JsonGenerator json) throws IOException {
    json.writeStartArray();
    json.writeNumber(size.memoryMib());
    json.writeNumber(size.vcores());
    json.writeNumber(size.gpus());
    json.writeEndArray();
  }

  static Resources resources(JsonNode value) {
    long[] numbers = JsonFields.numbers("a size", value, 3);
    return new Resources(numbers[0], Ints.checkedCast(numbers[1]), Ints.checkedCast(numbers[2]));
  }

  /** {@code [priority, allocationRequestId]}. */
  static void print(AskKey key, JsonGenerator json) throws IOException {
    json.writeStartArray();
    json.writeNumber(key.priority());
    json.writeNumber(key.allocationRequestId());
    json.writeEndArray();
  }

  static AskKey askKey(JsonNode value) {
    long[] numbers = JsonFields.numbers("the key of an ask", value, 2);
    return new AskKey(Ints.checkedCast(numbers[0]), numbers[1]);
  }

  static void print(Placement.Member member, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeFieldName("key");
    print(member.key(), json);
    json.writeFieldName("size");
    print(member.size(), json);
    json.writeStringField("node", member.node().value());
    if (member.lent()) {
      json.writeBooleanField("lent", true);
    }
    json.writeEndObject();
  }

  static Placement.Member member(JsonNode value) {
    JsonFields fields = new JsonFields("a member", value);
    Placement.Member member =
        new Placement.Member(
            askKey(fields.get("key")),
            resources(fields.get("size")),
            new NodeId(fields.text("node")),
            fields.find("lent") != null && fields.truth("lent"));
    fields.end();
    return member;
  }

  static void print(Rejection rejection, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("reason", rejection.reason().name());
    json.writeStringField("detail", rejection.detail());
    json.writeEndObject();
  }

  static Rejection rejection(JsonNode value) {
    JsonFields fields = new JsonFields("a rejection", value);
    Rejection rejection =
        new Rejection(Reason.valueOf(fields.text("reason")), fields.text("detail"));
    fields.end();
    return rejection;
  }

  /** As the field {@code reservations} of the current object. */
  static void print(ImmutableSortedMap<String, Reservation> reservations, JsonGenerator json)
      throws IOException {
    json.writeObjectFieldStart("reservations");
    for (Map.Entry<String, Reservation> entry : reservations.entrySet()) {
      Reservation reservation = entry.getValue();
      json.writeObjectFieldStart(entry.getKey());
      json.writeStringField("gang", reservation.gang().value());
      json.writeStringField("partition", reservation.partition());
      json.writeObjectFieldStart("held");
      for (Map.Entry<NodeId, Resources> held : reservation.held().entrySet()) {
        json.writeFieldName(held.getKey().value());
        print(held.getValue(), json);
      }
      json.writeEndObject();
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  static ImmutableSortedMap<String, Reservation> reservations(JsonFields owner) {
    ImmutableSortedMap.Builder<String, Reservation> reservations =
        ImmutableSortedMap.naturalOrder();
    owner.each("reservations", (key, value) -> reservations.put(key, reservation(value)));
    return reservations.build();
  }

  /** As the field {@code promises} of the current object: start and slips by gang. */
  static void printPromises(ImmutableSortedMap<GangId, Promise> promises, JsonGenerator json)
      throws IOException {
    json.writeObjectFieldStart("promises");
    for (Promise promise : promises.values()) {
      json.writeObjectFieldStart(promise.gang().value());
      json.writeNumberField("startMs", promise.startMs());
      json.writeNumberField("slips", promise.slips());
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  static ImmutableSortedMap<GangId, Promise> promises(JsonFields owner) {
    if (owner.find("promises") == null) {
      return ImmutableSortedMap.of(); // older than promises
    }
    ImmutableSortedMap.Builder<GangId, Promise> promises = ImmutableSortedMap.naturalOrder();
    owner.each(
        "promises",
        (key, value) -> {
          JsonFields fields = new JsonFields("a promise", value);
          GangId gang = new GangId(key);
          promises.put(gang, new Promise(gang, fields.large("startMs"), fields.number("slips")));
          fields.end();
        });
    return promises.build();
  }

  private static Reservation reservation(JsonNode value) {
    JsonFields fields = new JsonFields("a reservation", value);
    ImmutableSortedMap.Builder<NodeId, Resources> held = ImmutableSortedMap.naturalOrder();
    fields.each("held", (node, size) -> held.put(new NodeId(node), resources(size)));
    Reservation reservation =
        new Reservation(new GangId(fields.text("gang")), fields.text("partition"), held.build());
    fields.end();
    return reservation;
  }
}
