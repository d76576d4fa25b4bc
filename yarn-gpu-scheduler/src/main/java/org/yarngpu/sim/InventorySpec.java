package org.yarngpu.sim;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A cluster in one line: {@code v100:20x8,k80:10x4:0.4}, models with nodes, GPUs and speed. */
public final class InventorySpec {
  private static final Pattern MODEL =
      Pattern.compile(
          "(?<model>[^:,]+):(?<nodes>\\d{1,6})x(?<gpus>\\d{1,4})(:(?<speed>\\d+(\\.\\d+)?))?");

  private InventorySpec() {}

  /**
   * Returns the cluster, or empty if the text is none. The first model is the one that jobs without
   * a wish run on.
   *
   * @param rackSize nodes a rack, at least 1; a rack has one model
   */
  public static Optional<Inventory> parse(String text, int rackSize) {
    ImmutableList.Builder<NodeSpec> nodes = ImmutableList.builder();
    for (String part : Splitter.on(',').trimResults().split(text)) {
      Matcher match = MODEL.matcher(part);
      if (!match.matches()) {
        return Optional.empty();
      }
      int count = Integer.parseInt(match.group("nodes"));
      int gpus = Integer.parseInt(match.group("gpus"));
      double speed = match.group("speed") == null ? 1 : Double.parseDouble(match.group("speed"));
      if (count == 0 || gpus == 0 || speed == 0) {
        return Optional.empty();
      }
      nodes.addAll(nodes(match.group("model"), count, gpus, speed, rackSize));
    }
    return Optional.of(new Inventory(nodes.build()));
  }

  /** Equal nodes of a model; empty where models do not matter. */
  public static ImmutableList<NodeSpec> nodes(
      String model, int count, int gpus, double speed, int rackSize) {
    String prefix = model.isEmpty() ? "" : model + "-";
    ImmutableList.Builder<NodeSpec> nodes = ImmutableList.builder();
    for (int n = 0; n < count; n++) {
      nodes.add(
          new NodeSpec(
              "%snode-%05d".formatted(prefix, n),
              "/%srack-%04d".formatted(prefix, n / rackSize),
              model,
              speed,
              gpus));
    }
    return nodes.build();
  }
}
