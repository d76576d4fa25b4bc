package org.yarngpu.model;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.primitives.Doubles;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How fast GPU models are beside each other, as an admin says.
 *
 * @param byType relative speeds above 0, by what a job would name as its type
 */
public record ModelSpeeds(ImmutableMap<String, Double> byType) {
  public static final ModelSpeeds ALL_ALIKE = new ModelSpeeds(ImmutableMap.of());

  /** Reads {@code a100=1,v100=0.5}; empty if malformed. */
  public static Optional<ModelSpeeds> parse(String text) {
    Map<String, Double> speeds = new TreeMap<>();
    for (String part : Splitter.on(',').trimResults().omitEmptyStrings().split(text)) {
      int equals = part.indexOf('=');
      Double speed = equals < 1 ? null : Doubles.tryParse(part.substring(equals + 1).trim());
      if (speed == null || !(speed > 0) || !Double.isFinite(speed)) {
        return Optional.empty();
      }
      if (speeds.put(GpuModels.normalised(part.substring(0, equals)), speed) != null) {
        return Optional.empty();
      }
    }
    return Optional.of(new ModelSpeeds(ImmutableMap.copyOf(speeds)));
  }

  /**
   * Those of the models that are named. Of several types that mean a model the first in
   * alphabetical order counts.
   */
  public ImmutableSortedMap<String, Double> of(ImmutableSortedSet<String> models) {
    Map<String, Double> speeds = new TreeMap<>();
    byType.forEach(
        (type, speed) ->
            GpuModels.meant(ImmutableList.of(type), models)
                .forEach(model -> speeds.putIfAbsent(model, speed)));
    return ImmutableSortedMap.copyOf(speeds);
  }
}
