package org.yarngpu.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;
import org.yarngpu.model.Eviction;
import org.yarngpu.model.EvictionTerms;
import org.yarngpu.model.GangId;
import org.yarngpu.model.Placement;
import org.yarngpu.storage.JsonFields;

/** Evictions, and what decides about them, as JSON. */
final class EvictionJson {
  private EvictionJson() {}

  /** As the field {@code evictions} of the current object. */
  static void print(ImmutableSortedMap<GangId, Eviction> evictions, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart("evictions");
    for (Eviction eviction : evictions.values()) {
      json.writeStartObject();
      json.writeFieldName("placement");
      PlanJson.print(eviction.placement(), json);
      json.writeArrayFieldStart("victims");
      for (GangId victim : eviction.victims()) {
        json.writeString(victim.value());
      }
      json.writeEndArray();
      if (!eviction.shrinks().isEmpty()) {
        printShrinks(eviction.shrinks(), json);
      }
      print("untilMs", eviction.untilMs(), json);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  static ImmutableSortedMap<GangId, Eviction> evictions(JsonFields owner) {
    if (owner.find("evictions") == null) {
      return ImmutableSortedMap.of(); // older than evictions
    }
    ImmutableSortedMap.Builder<GangId, Eviction> evictions = ImmutableSortedMap.naturalOrder();
    owner.elements(
        "evictions",
        value -> {
          JsonFields fields = new JsonFields("an eviction", value);
          ImmutableSortedSet.Builder<GangId> victims = ImmutableSortedSet.naturalOrder();
          fields.texts("victims").forEach(victim -> victims.add(new GangId(victim)));
          Eviction eviction =
              new Eviction(
                  PlanJson.placement(fields.get("placement")),
                  victims.build(),
                  fields.find("shrinks") == null ? ImmutableSortedMap.of() : shrinks(fields),
                  maybe("untilMs", fields));
          evictions.put(eviction.gang(), eviction);
          fields.end();
        });
    return evictions.build();
  }

  private static void printShrinks(
      ImmutableSortedMap<GangId, Eviction.Shrink> shrinks, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("shrinks");
    for (Map.Entry<GangId, Eviction.Shrink> shrink : shrinks.entrySet()) {
      json.writeStartObject();
      json.writeStringField("gang", shrink.getKey().value());
      json.writeNumberField("width", shrink.getValue().width());
      json.writeArrayFieldStart("members");
      for (Placement.Member member : shrink.getValue().members()) {
        ValueJson.print(member, json);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static ImmutableSortedMap<GangId, Eviction.Shrink> shrinks(JsonFields owner) {
    ImmutableSortedMap.Builder<GangId, Eviction.Shrink> shrinks = ImmutableSortedMap.naturalOrder();
    owner.elements(
        "shrinks",
        value -> {
          JsonFields fields = new JsonFields("a gang that shrinks", value);
          ImmutableList.Builder<Placement.Member> members = ImmutableList.builder();
          fields.elements("members", member -> members.add(ValueJson.member(member)));
          shrinks.put(
              new GangId(fields.text("gang")),
              new Eviction.Shrink(members.build(), fields.number("width")));
          fields.end();
        });
    return shrinks.build();
  }

  static void print(EvictionTerms terms, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("queue", terms.queue());
    json.writeNumberField("priority", terms.priority());
    json.writeNumberField("startedMs", terms.startedMs());
    print("checkpointMs", terms.checkpointMs(), json);
    print("savedMs", terms.savedMs(), json);
    json.writeNumberField("restartMs", terms.restartMs());
    json.writeNumberField("evictions", terms.evictions());
    json.writeNumberField("minRunMs", terms.minRunMs());
    json.writeEndObject();
  }

  static EvictionTerms terms(JsonNode value) {
    JsonFields fields = new JsonFields("the terms of an eviction", value);
    EvictionTerms terms =
        new EvictionTerms(
            fields.text("queue"),
            fields.number("priority"),
            fields.large("startedMs"),
            maybe("checkpointMs", fields),
            maybe("savedMs", fields),
            fields.large("restartMs"),
            fields.number("evictions"),
            fields.large("minRunMs"));
    fields.end();
    return terms;
  }

  private static void print(String name, OptionalLong value, JsonGenerator json)
      throws IOException {
    if (value.isPresent()) {
      json.writeNumberField(name, value.getAsLong());
    }
  }

  private static OptionalLong maybe(String name, JsonFields fields) {
    return fields.find(name) == null ? OptionalLong.empty() : OptionalLong.of(fields.large(name));
  }
}
