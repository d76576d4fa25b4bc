package org.yarngpu.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.io.IOException;
import java.util.Map;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Plan;
import org.yarngpu.model.Rejection;
import org.yarngpu.storage.JsonFields;

/** A plan as JSON. */
final class PlanJson {
  private PlanJson() {}

  static void print(Plan plan, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("placements");
    for (Placement placement : plan.placements()) {
      print(placement, json);
    }
    json.writeEndArray();
    ValueJson.print(plan.reservations(), json);
    ValueJson.printPromises(plan.promises(), json);
    EvictionJson.print(plan.evictions(), json);
    json.writeObjectFieldStart("rejections");
    for (Map.Entry<GangId, Rejection> entry : plan.rejections().entrySet()) {
      json.writeFieldName(entry.getKey().value());
      ValueJson.print(entry.getValue(), json);
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  static Plan parse(JsonNode value) {
    JsonFields fields = new JsonFields("the plan", value);
    ImmutableList.Builder<Placement> placements = ImmutableList.builder();
    fields.elements("placements", element -> placements.add(placement(element)));
    ImmutableSortedMap.Builder<GangId, Rejection> rejections = ImmutableSortedMap.naturalOrder();
    fields.each(
        "rejections",
        (gang, rejection) -> rejections.put(new GangId(gang), ValueJson.rejection(rejection)));
    Plan plan =
        new Plan(
            placements.build(),
            ValueJson.reservations(fields),
            ValueJson.promises(fields),
            EvictionJson.evictions(fields),
            rejections.build());
    fields.end();
    return plan;
  }

  static void print(Placement placement, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("gang", placement.gang().value());
    json.writeStringField("partition", placement.partition());
    json.writeArrayFieldStart("members");
    for (Placement.Member member : placement.members()) {
      ValueJson.print(member, json);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  static Placement placement(JsonNode value) {
    JsonFields fields = new JsonFields("a placement", value);
    ImmutableList.Builder<Placement.Member> members = ImmutableList.builder();
    fields.elements("members", element -> members.add(ValueJson.member(element)));
    Placement placement =
        new Placement(new GangId(fields.text("gang")), fields.text("partition"), members.build());
    fields.end();
    return placement;
  }
}
