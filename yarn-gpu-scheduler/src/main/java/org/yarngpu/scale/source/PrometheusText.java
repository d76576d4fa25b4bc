package org.yarngpu.scale.source;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Samples in the text that Prometheus reads (exposition format 0.0.4). A line that is none is left
 * out: servers of all ages print what they like.
 *
 * @param samples as they were printed
 */
public record PrometheusText(ImmutableList<Sample> samples) {

  private static final Pattern LINE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)\\s*(?:\\{(.*)})?\\s+(\\S+)(?:\\s+-?[0-9]+)?\\s*");

  private static final Pattern LABEL =
      Pattern.compile("\\s*,?\\s*([a-zA-Z_][a-zA-Z0-9_]*)\\s*=\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");

  /**
   * One value.
   *
   * @param value may be NaN or infinite
   */
  public record Sample(String name, ImmutableMap<String, String> labels, double value) {}

  /** Reads a text. */
  public static PrometheusText parse(String text) {
    return new PrometheusText(
        text.lines()
            .filter(line -> !line.startsWith("#"))
            .map(PrometheusText::sample)
            .flatMap(Optional::stream)
            .collect(ImmutableList.toImmutableList()));
  }

  private static Optional<Sample> sample(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Optional<Double> value = value(matcher.group(3));
    String labels = matcher.group(2);
    return value.map(
        number -> new Sample(matcher.group(1), labels(labels == null ? "" : labels), number));
  }

  private static Optional<Double> value(String text) {
    return switch (text) {
      case "+Inf", "Inf" -> Optional.of(Double.POSITIVE_INFINITY);
      case "-Inf" -> Optional.of(Double.NEGATIVE_INFINITY);
      default -> number(text);
    };
  }

  private static Optional<Double> number(String text) {
    try {
      return Optional.of(Double.valueOf(text));
    } catch (NumberFormatException rubbish) {
      return Optional.empty();
    }
  }

  private static ImmutableMap<String, String> labels(String text) {
    Map<String, String> labels = new LinkedHashMap<>();
    Matcher matcher = LABEL.matcher(text);
    int end = 0;
    while (matcher.find(end) && matcher.start() == end) {
      labels.put(matcher.group(1), matcher.group(2));
      end = matcher.end();
    }
    return ImmutableMap.copyOf(labels);
  }
}
