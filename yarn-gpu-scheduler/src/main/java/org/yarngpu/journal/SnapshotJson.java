package org.yarngpu.journal;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.Ask;
import org.yarngpu.model.ClusterSnapshot;
import org.yarngpu.model.Forecast;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.GpuModels;
import org.yarngpu.model.Loans;
import org.yarngpu.model.Locality;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;
import org.yarngpu.model.Orders;
import org.yarngpu.model.Placement;
import org.yarngpu.model.Queue;
import org.yarngpu.model.RunningGang;
import org.yarngpu.storage.JsonFields;

/** A snapshot as JSON: nodes, queues, waiting and running gangs, reservations, forecasts. */
final class SnapshotJson {
  private SnapshotJson() {}

  static void print(ClusterSnapshot snapshot, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("nowMs", snapshot.nowMs());
    json.writeBooleanField("settled", snapshot.settled());
    json.writeArrayFieldStart("nodes");
    for (Node node : snapshot.nodes().values()) {
      print(node, json);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("queues");
    for (Queue queue : snapshot.queues().values()) {
      print(queue, json);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("gangs");
    for (Gang gang : snapshot.gangs()) {
      print(gang, json);
    }
    json.writeEndArray();
    ValueJson.print(snapshot.reservations(), json);
    json.writeArrayFieldStart("running");
    for (RunningGang gang : snapshot.running()) {
      print(gang, json);
    }
    json.writeEndArray();
    json.writeObjectFieldStart("forecasts");
    for (Map.Entry<GangId, Forecast> entry : snapshot.forecasts().entrySet()) {
      json.writeFieldName(entry.getKey().value());
      print(entry.getValue(), json);
    }
    json.writeEndObject();
    ValueJson.printPromises(snapshot.promises(), json);
    EvictionJson.print(snapshot.evictions(), json);
    json.writeBooleanField("evictionsDue", snapshot.evictionsDue());
    if (!snapshot.orders().equals(Orders.DEFAULT)) {
      json.writeFieldName("orders");
      OrdersJson.print(snapshot.orders(), json);
    }
    if (!snapshot.loans().equals(Loans.NONE)) {
      json.writeFieldName("loans");
      LoansJson.print(snapshot.loans(), json);
    }
    if (!snapshot.evictionCostsMs().isEmpty()) {
      json.writeObjectFieldStart("evictionCostsMs");
      for (Map.Entry<GangId, Long> entry : snapshot.evictionCostsMs().entrySet()) {
        json.writeNumberField(entry.getKey().value(), entry.getValue());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  static ClusterSnapshot parse(JsonNode value) {
    JsonFields fields = new JsonFields("the snapshot", value);
    ImmutableSortedMap.Builder<NodeId, Node> nodes = ImmutableSortedMap.naturalOrder();
    fields.elements(
        "nodes",
        element -> {
          Node node = node(element);
          nodes.put(node.id(), node);
        });
    ImmutableMap.Builder<String, Queue> queues = ImmutableMap.builder();
    fields.elements(
        "queues",
        element -> {
          Queue queue = queue(element);
          queues.put(queue.path(), queue);
        });
    ImmutableList.Builder<Gang> gangs = ImmutableList.builder();
    fields.elements("gangs", element -> gangs.add(gang(element)));
    ImmutableList.Builder<RunningGang> running = ImmutableList.builder();
    if (fields.find("running") != null) {
      fields.elements("running", element -> running.add(runningGang(element)));
    }
    ImmutableMap.Builder<GangId, Forecast> forecasts = ImmutableMap.builder();
    if (fields.find("forecasts") != null) {
      fields.each(
          "forecasts", (gang, forecast) -> forecasts.put(new GangId(gang), forecast(forecast)));
    }
    ImmutableMap.Builder<GangId, Long> evictionCostsMs = ImmutableMap.builder();
    if (fields.find("evictionCostsMs") != null) {
      JsonFields costs = new JsonFields("evictionCostsMs", fields.get("evictionCostsMs"));
      fields.each(
          "evictionCostsMs",
          (gang, costMs) -> evictionCostsMs.put(new GangId(gang), costs.large(gang)));
    }
    ClusterSnapshot snapshot =
        new ClusterSnapshot(
            fields.large("nowMs"),
            fields.truth("settled"),
            nodes.build(),
            queues.build(),
            gangs.build(),
            ValueJson.reservations(fields),
            running.build(),
            forecasts.build(),
            ValueJson.promises(fields),
            EvictionJson.evictions(fields),
            fields.find("evictionsDue") != null && fields.truth("evictionsDue"),
            Optional.ofNullable(fields.find("orders"))
                .map(OrdersJson::orders)
                .orElse(Orders.DEFAULT),
            fields.find("loans") == null ? Loans.NONE : LoansJson.loans(fields.get("loans")),
            evictionCostsMs.build());
    fields.end();
    return snapshot;
  }

  private static void print(Node node, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", node.id().value());
    json.writeStringField("host", node.host());
    json.writeStringField("rack", node.rack());
    json.writeStringField("partition", node.partition());
    if (!node.model().isEmpty()) {
      json.writeStringField("model", node.model());
    }
    json.writeFieldName("total");
    ValueJson.print(node.total(), json);
    json.writeFieldName("free");
    ValueJson.print(node.free(), json);
    json.writeBooleanField("open", node.open());
    json.writeEndObject();
  }

  private static Node node(JsonNode value) {
    JsonFields fields = new JsonFields("a node", value);
    Node node =
        new Node(
            new NodeId(fields.text("id")),
            fields.text("host"),
            fields.text("rack"),
            fields.text("partition"),
            fields.find("model") == null ? GpuModels.UNKNOWN : fields.text("model"),
            ValueJson.resources(fields.get("total")),
            ValueJson.resources(fields.get("free")),
            fields.truth("open"));
    fields.end();
    return node;
  }

  private static void print(Queue queue, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("path", queue.path());
    json.writeStringField("parent", queue.parent());
    json.writeNumberField("priority", queue.priority());
    json.writeObjectFieldStart("shares");
    for (Map.Entry<String, Queue.Share> entry : queue.shares().entrySet()) {
      Queue.Share share = entry.getValue();
      json.writeObjectFieldStart(entry.getKey());
      json.writeFieldName("guaranteed");
      ValueJson.print(share.guaranteed(), json);
      json.writeFieldName("maximum");
      ValueJson.print(share.maximum(), json);
      json.writeFieldName("used");
      ValueJson.print(share.used(), json);
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private static Queue queue(JsonNode value) {
    JsonFields fields = new JsonFields("a queue", value);
    ImmutableMap.Builder<String, Queue.Share> shares = ImmutableMap.builder();
    fields.each("shares", (partition, share) -> shares.put(partition, share(share)));
    Queue queue =
        new Queue(
            fields.text("path"), fields.text("parent"), fields.number("priority"), shares.build());
    fields.end();
    return queue;
  }

  private static Queue.Share share(JsonNode value) {
    JsonFields fields = new JsonFields("the share of a queue", value);
    Queue.Share share =
        new Queue.Share(
            ValueJson.resources(fields.get("guaranteed")),
            ValueJson.resources(fields.get("maximum")),
            ValueJson.resources(fields.get("used")));
    fields.end();
    return share;
  }

  private static void print(Gang gang, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", gang.id().value());
    json.writeStringField("queue", gang.queue());
    json.writeStringField("user", gang.user());
    json.writeNumberField("priority", gang.priority());
    json.writeNumberField("submittedMs", gang.submittedMs());
    json.writeNumberField("minimum", gang.minimum());
    json.writeStringField("phase", gang.phase().name());
    json.writeArrayFieldStart("asks");
    for (Ask ask : gang.asks()) {
      print(ask, json);
    }
    json.writeEndArray();
    printTexts("excluded", gang.excluded(), json);
    if (gang.limit().isPresent()) {
      json.writeFieldName("limit");
      ValueJson.print(gang.limit().get(), json);
    }
    if (gang.deadlineMs().isPresent()) {
      json.writeNumberField("deadlineMs", gang.deadlineMs().getAsLong());
    }
    if (!gang.types().isEmpty()) {
      printTexts("types", gang.types(), json);
    }
    ElasticJson.print(gang.elastic(), json);
    json.writeEndObject();
  }

  private static Gang gang(JsonNode value) {
    JsonFields fields = new JsonFields("a gang", value);
    ImmutableList.Builder<Ask> asks = ImmutableList.builder();
    fields.elements("asks", ask -> asks.add(ask(ask)));
    @Nullable JsonNode limit = fields.find("limit");
    Gang gang =
        new Gang(
            new GangId(fields.text("id")),
            fields.text("queue"),
            fields.text("user"),
            fields.number("priority"),
            fields.large("submittedMs"),
            fields.number("minimum"),
            Gang.Phase.valueOf(fields.text("phase")),
            asks.build(),
            ImmutableSortedSet.copyOf(fields.texts("excluded")),
            limit == null ? Optional.empty() : Optional.of(ValueJson.rejection(limit)),
            fields.find("deadlineMs") == null
                ? OptionalLong.empty()
                : OptionalLong.of(fields.large("deadlineMs")),
            fields.find("types") == null
                ? ImmutableList.of()
                : ImmutableList.copyOf(fields.texts("types")),
            ElasticJson.elastic(fields));
    fields.end();
    return gang;
  }

  /** An ask that may run anywhere has no {@code hosts} and {@code racks}. */
  private static void print(Ask ask, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeFieldName("key");
    ValueJson.print(ask.key(), json);
    json.writeFieldName("size");
    ValueJson.print(ask.size(), json);
    json.writeNumberField("count", ask.count());
    json.writeStringField("partition", ask.partition());
    if (!ask.locality().anywhere()) {
      printTexts("hosts", ask.locality().hosts(), json);
      printTexts("racks", ask.locality().racks(), json);
    }
    json.writeEndObject();
  }

  private static Ask ask(JsonNode value) {
    JsonFields fields = new JsonFields("an ask", value);
    Ask ask =
        new Ask(
            ValueJson.askKey(fields.get("key")),
            ValueJson.resources(fields.get("size")),
            fields.number("count"),
            fields.text("partition"),
            fields.find("hosts") == null
                ? Locality.ANYWHERE
                : new Locality(
                    false,
                    ImmutableSortedSet.copyOf(fields.texts("hosts")),
                    ImmutableSortedSet.copyOf(fields.texts("racks"))));
    fields.end();
    return ask;
  }

  private static void print(RunningGang gang, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", gang.id().value());
    json.writeArrayFieldStart("members");
    for (Placement.Member member : gang.members()) {
      ValueJson.print(member, json);
    }
    json.writeEndArray();
    json.writeNumberField("waitedMs", gang.waitedMs());
    if (gang.terms().isPresent()) {
      json.writeFieldName("terms");
      EvictionJson.print(gang.terms().get(), json);
    }
    ElasticJson.print(gang.elastic(), json);
    json.writeEndObject();
  }

  private static RunningGang runningGang(JsonNode value) {
    JsonFields fields = new JsonFields("a running gang", value);
    ImmutableList.Builder<Placement.Member> members = ImmutableList.builder();
    fields.elements("members", element -> members.add(ValueJson.member(element)));
    RunningGang gang =
        new RunningGang(
            new GangId(fields.text("id")),
            members.build(),
            fields.large("waitedMs"),
            Optional.ofNullable(fields.find("terms")).map(EvictionJson::terms),
            ElasticJson.elastic(fields));
    fields.end();
    return gang;
  }

  private static void print(Forecast forecast, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeNumberField("remainingMs", forecast.remainingMs());
    json.writeNumberField("remainingUpperMs", forecast.remainingUpperMs());
    json.writeNumberField("expectedRemainingMs", forecast.expectedRemainingMs());
    if (forecast.indexMs() != forecast.expectedRemainingMs()) {
      json.writeNumberField("indexMs", forecast.indexMs());
    }
    if (!forecast.speeds().isEmpty()) {
      json.writeObjectFieldStart("speeds");
      for (Map.Entry<String, Double> entry : forecast.speeds().entrySet()) {
        json.writeNumberField(entry.getKey(), entry.getValue());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static Forecast forecast(JsonNode value) {
    JsonFields fields = new JsonFields("a forecast", value);
    ImmutableSortedMap.Builder<String, Double> speeds = ImmutableSortedMap.naturalOrder();
    if (fields.find("speeds") != null) {
      fields.each("speeds", (model, speed) -> speeds.put(model, speed.doubleValue()));
    }
    double expectedRemainingMs = fields.real("expectedRemainingMs");
    Forecast forecast =
        new Forecast(
            fields.large("remainingMs"),
            fields.large("remainingUpperMs"),
            expectedRemainingMs,
            fields.find("indexMs") == null ? expectedRemainingMs : fields.real("indexMs"),
            speeds.build());
    fields.end();
    return forecast;
  }

  private static void printTexts(String name, Iterable<String> texts, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }
}
