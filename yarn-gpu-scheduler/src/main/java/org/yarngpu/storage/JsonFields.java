package org.yarngpu.storage;

import static com.google.common.base.Preconditions.checkArgument;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one JSON object, each asked for by name; whatever is missing, of another type or
 * never asked for is an IllegalArgumentException.
 */
public final class JsonFields {
  private final String owner;
  private final JsonNode object;
  private final Set<String> asked = new HashSet<>();

  /**
   * Of an object.
   *
   * @param owner what it is, for messages
   */
  public JsonFields(String owner, JsonNode object) {
    checkArgument(object.isObject(), "%s is no JSON object", owner);
    this.owner = owner;
    this.object = object;
  }

  /** Asserts that there is no field that nobody asked for. */
  public void end() {
    for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      checkArgument(asked.contains(name), "%s has the unknown field %s", owner, name);
    }
  }

  /** A text, which may be empty. */
  public String text(String name) {
    return text(name, get(name));
  }

  public int number(String name) {
    JsonNode value = get(name);
    checkArgument(
        value.isIntegralNumber() && value.canConvertToInt(),
        "%s of %s is no whole number",
        name,
        owner);
    return value.intValue();
  }

  public long large(String name) {
    return large(name, get(name));
  }

  /** A number; infinity is the text that JSON's printer makes of it. */
  public double real(String name) {
    JsonNode value = get(name);
    boolean infinite = value.asText().equals("Infinity");
    checkArgument(value.isNumber() || infinite, "%s of %s is no number", name, owner);
    return infinite ? Double.POSITIVE_INFINITY : value.doubleValue();
  }

  public boolean truth(String name) {
    JsonNode value = get(name);
    checkArgument(value.isBoolean(), "%s of %s is neither true nor false", name, owner);
    return value.booleanValue();
  }

  public JsonNode get(String name) {
    JsonNode value = find(name);
    checkArgument(value != null, "%s lacks the field %s", owner, name);
    return value;
  }

  /** Null where there is none. */
  public @Nullable JsonNode find(String name) {
    asked.add(name);
    return object.get(name);
  }

  /** Calls back for each field of the object of that name, in their order. */
  public void each(String name, BiConsumer<String, JsonNode> action) {
    each(name + " of " + owner, get(name), action);
  }

  /** Calls back for each field of an object, in their order. */
  public static void each(String owner, JsonNode value, BiConsumer<String, JsonNode> action) {
    checkArgument(value.isObject(), "%s is no JSON object", owner);
    for (Iterator<Map.Entry<String, JsonNode>> fields = value.fields(); fields.hasNext(); ) {
      Map.Entry<String, JsonNode> field = fields.next();
      action.accept(field.getKey(), field.getValue());
    }
  }

  /** Calls back for each element of the array of that name. */
  public void elements(String name, Consumer<JsonNode> action) {
    JsonNode value = get(name);
    checkArgument(value.isArray(), "%s of %s is no JSON array", name, owner);
    value.forEach(action);
  }

  public ImmutableList<String> texts(String name) {
    ImmutableList.Builder<String> texts = ImmutableList.builder();
    elements(name, element -> texts.add(text(name, element)));
    return texts.build();
  }

  private String text(String name, JsonNode value) {
    checkArgument(value.isTextual(), "%s of %s is no text", name, owner);
    return value.textValue();
  }

  private long large(String name, JsonNode value) {
    checkArgument(
        value.isIntegralNumber() && value.canConvertToLong(),
        "%s of %s is no whole number",
        name,
        owner);
    return value.longValue();
  }

  /** Whole numbers of an array of just so many. */
  public static long[] numbers(String owner, JsonNode value, int count) {
    checkArgument(
        value.isArray() && value.size() == count, "%s is no array of %s numbers", owner, count);
    long[] numbers = new long[count];
    for (int i = 0; i < count; i++) {
      JsonNode number = value.get(i);
      checkArgument(
          number.isIntegralNumber() && number.canConvertToLong(), "%s is no whole number", owner);
      numbers[i] = number.longValue();
    }
    return numbers;
  }
}
