package org.yarngpu.job;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableSortedSet;
import java.util.Collection;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The allocation tag that says which device of its node a container may use: {@code gpu-index-3}.
 * The scheduler sets it; application master and node find it in the container's token.
 */
public final class DeviceTag {

  private static final Pattern FORM = Pattern.compile("gpu-index-(0|[1-9][0-9]{0,3})");

  private DeviceTag() {}

  /**
   * Returns the tag of a device.
   *
   * @param index of the device on its node, in [0, 9999]
   */
  public static String of(int index) {
    checkArgument(0 <= index && index <= 9999, "index (%s) must lie in [0, 9999]", index);
    return "gpu-index-" + index;
  }

  /** Returns the devices that the tags name; other tags are not ours and ignored. */
  public static ImmutableSortedSet<Integer> indexes(Collection<String> tags) {
    return tags.stream()
        .map(FORM::matcher)
        .filter(Matcher::matches)
        .map(matcher -> Integer.valueOf(matcher.group(1)))
        .collect(ImmutableSortedSet.toImmutableSortedSet(Integer::compare));
  }
}
