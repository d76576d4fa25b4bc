package org.yarngpu.scale.source;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import org.yarngpu.scale.Reading;

/**
 * Loads that somebody writes into a file: {@code {"requests_per_second": 12.5, "waiting": 3,
 * "p99_ms": 180}}, of which the first is required. The file's time is that of the load.
 */
public final class LoadJson {

  private static final String LOAD = "requests_per_second";
  private static final String WAITING = "waiting";
  private static final String P99_MS = "p99_ms";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private LoadJson() {}

  /**
   * Reads a text; empty if it does not tell a load, as when it is being written.
   *
   * @param atMs when it was written
   * @param replicas that serve
   */
  public static Optional<Reading> parse(String text, long atMs, int replicas) {
    try {
      JsonNode root = MAPPER.readTree(text);
      double load = number(root.path(LOAD));
      return Double.isNaN(load)
          ? Optional.empty()
          : Optional.of(
              new Reading(
                  atMs,
                  load,
                  Double.NaN,
                  Double.NaN,
                  number(root.path(WAITING)),
                  Double.NaN,
                  number(root.path(P99_MS)) / 1000,
                  Math.max(1, replicas)));
    } catch (JsonProcessingException rubbish) {
      return Optional.empty();
    }
  }

  private static double number(JsonNode value) {
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    return number >= 0 && Double.isFinite(number) ? number : Double.NaN;
  }
}
