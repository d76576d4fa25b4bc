package org.yarngpu.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;
import org.yarngpu.model.OrderWeights;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Orders.GangTerms;
import org.yarngpu.model.Orders.LateTerms;
import org.yarngpu.model.Orders.UserTerms;
import org.yarngpu.storage.JsonFields;

/** How gangs are ordered within their queues. */
final class OrdersJson {
  private OrdersJson() {}

  static void print(Orders orders, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("byQueue");
    for (Map.Entry<String, LeafOrderName> entry : orders.byQueue().entrySet()) {
      json.writeStringField(entry.getKey(), entry.getValue().text());
    }
    json.writeEndObject();
    json.writeObjectFieldStart("weights");
    json.writeNumberField("age", orders.weights().age());
    json.writeNumberField("use", orders.weights().use());
    json.writeNumberField("deadline", orders.weights().deadline());
    json.writeNumberField("size", orders.weights().size());
    json.writeEndObject();
    json.writeNumberField("starveAfterMs", orders.starveAfterMs());
    json.writeObjectFieldStart("users");
    for (Map.Entry<String, ImmutableMap<String, UserTerms>> queue : orders.users().entrySet()) {
      json.writeObjectFieldStart(queue.getKey());
      for (Map.Entry<String, UserTerms> user : queue.getValue().entrySet()) {
        json.writeObjectFieldStart(user.getKey());
        json.writeNumberField("weight", user.getValue().weight());
        json.writeNumberField("usedGpuMs", user.getValue().usedGpuMs());
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeObjectFieldStart("gangs");
    for (Map.Entry<GangId, GangTerms> gang : orders.gangs().entrySet()) {
      json.writeObjectFieldStart(gang.getKey().value());
      json.writeNumberField("attainedGpuMs", gang.getValue().attainedGpuMs());
      if (gang.getValue().dueMs().isPresent()) {
        json.writeNumberField("dueMs", gang.getValue().dueMs().getAsLong());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
    if (!orders.late().isEmpty()) {
      json.writeObjectFieldStart("late");
      for (Map.Entry<String, LateTerms> partition : orders.late().entrySet()) {
        json.writeObjectFieldStart(partition.getKey());
        json.writeNumberField("afterMs", partition.getValue().afterMs());
        json.writeNumberField("largestGpuMs", partition.getValue().largestGpuMs());
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  static Orders orders(JsonNode value) {
    JsonFields fields = new JsonFields("the orders", value);
    ImmutableMap.Builder<String, LeafOrderName> byQueue = ImmutableMap.builder();
    fields.each(
        "byQueue", (queue, order) -> byQueue.put(queue, LeafOrderName.of(order.textValue())));
    ImmutableMap.Builder<String, ImmutableMap<String, UserTerms>> users = ImmutableMap.builder();
    fields.each("users", (queue, ofQueue) -> users.put(queue, users(queue, ofQueue)));
    ImmutableMap.Builder<GangId, GangTerms> gangs = ImmutableMap.builder();
    fields.each("gangs", (gang, terms) -> gangs.put(new GangId(gang), terms(terms)));
    ImmutableMap.Builder<String, LateTerms> late = ImmutableMap.builder();
    if (fields.find("late") != null) {
      fields.each("late", (partition, terms) -> late.put(partition, late(terms)));
    }
    Orders orders =
        new Orders(
            byQueue.build(),
            weights(fields.get("weights")),
            fields.large("starveAfterMs"),
            users.build(),
            gangs.build(),
            late.build());
    fields.end();
    return orders;
  }

  private static OrderWeights weights(JsonNode value) {
    JsonFields fields = new JsonFields("the weights", value);
    OrderWeights weights =
        new OrderWeights(
            fields.real("age"), fields.real("use"), fields.real("deadline"), fields.real("size"));
    fields.end();
    return weights;
  }

  private static ImmutableMap<String, UserTerms> users(String queue, JsonNode value) {
    ImmutableMap.Builder<String, UserTerms> users = ImmutableMap.builder();
    JsonFields.each(
        "users of " + queue,
        value,
        (user, terms) -> {
          JsonFields fields = new JsonFields("a user", terms);
          users.put(user, new UserTerms(fields.real("weight"), fields.real("usedGpuMs")));
          fields.end();
        });
    return users.build();
  }

  private static LateTerms late(JsonNode value) {
    JsonFields fields = new JsonFields("who is late", value);
    LateTerms terms = new LateTerms(fields.large("afterMs"), fields.real("largestGpuMs"));
    fields.end();
    return terms;
  }

  private static GangTerms terms(JsonNode value) {
    JsonFields fields = new JsonFields("the terms of a gang", value);
    GangTerms terms =
        new GangTerms(
            fields.large("attainedGpuMs"),
            fields.find("dueMs") == null
                ? OptionalLong.empty()
                : OptionalLong.of(fields.large("dueMs")));
    fields.end();
    return terms;
  }
}
