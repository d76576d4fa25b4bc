package org.yarngpu.model;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** GPU models by name, and which of them the types of a job mean. */
public final class GpuModels {
  /** Of a node about whose GPUs nothing is known. */
  public static final String UNKNOWN = "";

  private static final Splitter WORDS =
      Splitter.on(CharMatcher.inRange('a', 'z').or(CharMatcher.inRange('0', '9')).negate())
          .omitEmptyStrings();

  private GpuModels() {}

  /** A name as it is compared. */
  public static String normalised(String name) {
    return Ascii.toLowerCase(name.trim());
  }

  /**
   * The models that the types mean, best first, each once.
   *
   * <p>A type that is the name of a model means that one. Any other means each model with all its
   * words, in the order of their names: {@code a100} is {@code nvidia-a100-sxm4-80gb}, but not
   * {@code a1000}.
   *
   * @param types normalised, best first
   * @param models there are, normalised
   */
  public static ImmutableList<String> meant(List<String> types, ImmutableSortedSet<String> models) {
    Set<String> meant = new LinkedHashSet<>();
    for (String type : types) {
      if (models.contains(type)) {
        meant.add(type);
      } else {
        models.stream().filter(model -> hasWordsOf(type, model)).forEach(meant::add);
      }
    }
    meant.remove(UNKNOWN);
    return ImmutableList.copyOf(meant);
  }

  private static boolean hasWordsOf(String type, String model) {
    List<String> words = WORDS.splitToList(type);
    return !words.isEmpty() && ImmutableSet.copyOf(WORDS.split(model)).containsAll(words);
  }
}
