package org.yarngpu.history;

import com.fasterxml.jackson.core.JsonGenerator;
import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableDoubleArray;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.yarngpu.model.Predictability;
import org.yarngpu.predict.Accuracy;
import org.yarngpu.predict.GroupKey;
import org.yarngpu.predict.KeyState;
import org.yarngpu.predict.PredictorState;
import org.yarngpu.predict.SelfCheckState;
import org.yarngpu.predict.SpeedState;
import org.yarngpu.storage.JsonFields;

/**
 * A snapshot as lines of JSON: a head, then one line a group, one a speed, so that neither side
 * holds it twice. {@code parse(print(snapshot))} equals it.
 */
final class StateJson {
  /**
   * Raised whenever a line means something else than before; so too when the keys of groups are
   * made in another way, since they could be found no more.
   */
  static final int VERSION = 1;

  private static final int KEY_DIGITS = 32;
  private static final CharMatcher BITS = CharMatcher.anyOf("01");

  private StateJson() {}

  /**
   * What a snapshot file holds.
   *
   * @param state all that was learned
   * @param covers names of log files that were learned from, which may still be there
   */
  record Snapshot(PredictorState state, ImmutableSet<String> covers) {}

  /** Prints all lines; the stream is neither flushed nor closed. */
  static void print(Snapshot snapshot, OutputStream out) throws IOException {
    try (JsonGenerator json = JsonLines.printer(out)) {
      printHead(snapshot, json);
      for (KeyState group : snapshot.state().groups()) {
        printGroup(group, json);
      }
      for (SpeedState speed : snapshot.state().speeds()) {
        printSpeed(speed, json);
      }
      json.writeRaw('\n');
    }
  }

  private static void printHead(Snapshot snapshot, JsonGenerator json) throws IOException {
    PredictorState state = snapshot.state();
    json.writeStartObject();
    json.writeNumberField("version", VERSION);
    json.writeArrayFieldStart("covers");
    for (String name : snapshot.covers()) {
      json.writeString(name);
    }
    json.writeEndArray();
    json.writeNumberField("groups", state.groups().size());
    if (!state.speeds().isEmpty()) {
      json.writeNumberField("speeds", state.speeds().size());
    }
    json.writeNumberField("ignored", state.ignored());
    json.writeBooleanField("switchedOff", state.check().switchedOff());
    StringBuilder missed = new StringBuilder();
    state.check().lastMissed().forEach(miss -> missed.append(miss ? '1' : '0'));
    json.writeStringField("missed", missed.toString());
    json.writeArrayFieldStart("accuracy");
    for (Accuracy row : state.check().table()) {
      json.writeStartObject();
      json.writeStringField("class", row.predictability().name());
      json.writeStringField("level", row.level().code());
      json.writeNumberField("count", row.count());
      json.writeNumberField("withinHalf", row.withinHalf());
      json.writeNumberField("withinMost", row.withinMost());
      json.writeNumberField("misses", row.misses());
      json.writeNumberField("errorSeconds", row.errorSeconds());
      json.writeNumberField("runtimeSeconds", row.runtimeSeconds());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void printKey(GroupKey key, JsonGenerator json) throws IOException {
    json.writeStringField("key", String.format(Locale.ROOT, "%016x%016x", key.high(), key.low()));
  }

  private static void printSpeed(SpeedState speed, JsonGenerator json) throws IOException {
    json.writeStartObject();
    printKey(speed.key(), json);
    json.writeStringField("model", speed.model());
    json.writeNumberField("runs", speed.runs());
    json.writeNumberField("sum", speed.sum());
    json.writeEndObject();
  }

  private static void printGroup(KeyState group, JsonGenerator json) throws IOException {
    json.writeStartObject();
    printKey(group.key(), json);
    json.writeNumberField("runs", group.runs());
    json.writeNumberField("mean", group.mean());
    json.writeNumberField("variance", group.variance());
    json.writeNumberField("longest", group.longest());
    json.writeNumberField("stretch", group.stretch());
    json.writeNumberField("hits", group.hits());
    json.writeNumberField("judged", group.judged());
    printFloats("ratios", group.ratios(), json);
    printFloats("last", group.lastJudged(), json);
    if (group.doubt() != 0) {
      json.writeNumberField("doubt", group.doubt());
    }
    json.writeEndObject();
  }

  /** A predictor keeps these as floats; half the digits do. */
  private static void printFloats(String name, ImmutableDoubleArray values, JsonGenerator json)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (int i = 0; i < values.length(); i++) {
      json.writeNumber((float) values.get(i));
    }
    json.writeEndArray();
  }

  /**
   * Reads all lines.
   *
   * @throws HistoryException if they are no snapshot, not the whole of it, or of another version
   */
  static Snapshot parse(InputStream in) throws IOException, HistoryException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
    try {
      JsonFields head = JsonLines.parse("the first line", JsonLines.next(lines));
      JsonLines.requireVersion(head, VERSION);
      ImmutableSet<String> covers = ImmutableSet.copyOf(head.texts("covers"));
      int count = head.number("groups");
      int speedCount = head.find("speeds") == null ? 0 : head.number("speeds");
      long ignored = head.large("ignored");
      SelfCheckState check =
          new SelfCheckState(accuracy(head), missed(head), head.truth("switchedOff"));
      head.end();
      ImmutableList.Builder<KeyState> groups = ImmutableList.builder();
      for (int i = 0; i < count; i++) {
        groups.add(group(JsonLines.parse("a group", JsonLines.next(lines))));
      }
      ImmutableList.Builder<SpeedState> speeds = ImmutableList.builder();
      for (int i = 0; i < speedCount; i++) {
        speeds.add(speed(JsonLines.parse("a speed", JsonLines.next(lines))));
      }
      if (lines.readLine() != null) {
        throw new HistoryException(
            "it has more than its %d groups and %d speeds".formatted(count, speedCount));
      }
      return new Snapshot(
          new PredictorState(groups.build(), check, ignored, speeds.build()), covers);
    } catch (IllegalArgumentException e) {
      throw new HistoryException(e);
    }
  }

  private static ImmutableList<Boolean> missed(JsonFields head) {
    String bits = head.text("missed");
    if (!BITS.matchesAllOf(bits)) {
      throw new IllegalArgumentException("missed is not of 0 and 1");
    }
    return bits.chars().mapToObj(bit -> bit == '1').collect(ImmutableList.toImmutableList());
  }

  private static ImmutableList<Accuracy> accuracy(JsonFields head) {
    ImmutableList.Builder<Accuracy> table = ImmutableList.builder();
    head.elements(
        "accuracy",
        element -> {
          JsonFields row = new JsonFields("a row of accuracy", element);
          table.add(
              new Accuracy(
                  Predictability.valueOf(row.text("class")),
                  JsonLines.level(row, "level"),
                  row.real("count"),
                  row.real("withinHalf"),
                  row.real("withinMost"),
                  row.real("misses"),
                  row.real("errorSeconds"),
                  row.real("runtimeSeconds")));
          row.end();
        });
    return table.build();
  }

  private static KeyState group(JsonFields fields) {
    KeyState group =
        new KeyState(
            key(fields.text("key")),
            fields.number("runs"),
            fields.real("mean"),
            fields.real("variance"),
            fields.real("longest"),
            fields.real("stretch"),
            fields.real("hits"),
            fields.real("judged"),
            floats(fields, "ratios"),
            floats(fields, "last"),
            fields.find("doubt") == null ? 0 : fields.number("doubt"));
    fields.end();
    return group;
  }

  private static SpeedState speed(JsonFields fields) {
    SpeedState speed =
        new SpeedState(
            key(fields.text("key")),
            fields.text("model"),
            fields.number("runs"),
            fields.real("sum"));
    fields.end();
    return speed;
  }

  private static GroupKey key(String digits) {
    if (digits.length() != KEY_DIGITS) {
      throw new IllegalArgumentException("key is not of 32 hexadecimal digits");
    }
    int half = KEY_DIGITS / 2;
    return new GroupKey(
        Long.parseUnsignedLong(digits.substring(0, half), 16),
        Long.parseUnsignedLong(digits.substring(half), 16));
  }

  private static ImmutableDoubleArray floats(JsonFields fields, String name) {
    ImmutableDoubleArray.Builder values = ImmutableDoubleArray.builder();
    fields.elements(
        name,
        element -> {
          if (!element.isNumber()) {
            throw new IllegalArgumentException(name + " are no numbers");
          }
          values.add(element.floatValue());
        });
    return values.build();
  }
}
