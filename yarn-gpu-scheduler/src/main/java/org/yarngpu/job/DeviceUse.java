package org.yarngpu.job;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.regex.Pattern;

/**
 * How busy the devices of a node are, as the value of its attribute {@value #ATTRIBUTE}: percents
 * in the order of the devices with dots between them and an x where one is unknown, as in {@code
 * 40.x.85}. In steps of five, since the ResourceManager writes down each change of an attribute.
 */
public final class DeviceUse {
  public static final String ATTRIBUTE = "gpu-use";

  private static final String UNKNOWN = "x";
  private static final Pattern FORM =
      Pattern.compile("(x|100|[1-9]?[0-9])(\\.(x|100|[1-9]?[0-9]))*");
  private static final int STEP = 5;

  /** The value of an attribute has at most 255 characters. */
  private static final int DEVICES_MAX = 63;

  private DeviceUse() {}

  /**
   * The value; empty if nothing is known.
   *
   * @param percents by index of the device, at least 0, each in [0, 100]
   */
  public static String text(SortedMap<Integer, Long> percents) {
    if (percents.isEmpty()) {
      return "";
    }
    List<String> parts = new ArrayList<>();
    for (int i = 0; i <= percents.lastKey() && i < DEVICES_MAX; i++) {
      Long percent = percents.get(i);
      parts.add(
          percent == null ? UNKNOWN : Long.toString(STEP * Math.round(percent / (double) STEP)));
    }
    return Joiner.on('.').join(parts);
  }

  /** The percents by index of the device; none of what is no such value. */
  public static ImmutableSortedMap<Integer, Integer> percents(String text) {
    ImmutableSortedMap.Builder<Integer, Integer> percents = ImmutableSortedMap.naturalOrder();
    if (FORM.matcher(text).matches()) {
      List<String> parts = Splitter.on('.').splitToList(text);
      for (int i = 0; i < parts.size(); i++) {
        if (!parts.get(i).equals(UNKNOWN)) {
          percents.put(i, Integer.valueOf(parts.get(i)));
        }
      }
    }
    return percents.build();
  }
}
