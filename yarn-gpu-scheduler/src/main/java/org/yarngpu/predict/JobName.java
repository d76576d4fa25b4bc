package org.yarngpu.predict;

import com.google.common.collect.ImmutableList;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the names of runs of one recurring job have in common: all but ids, dates and counters. */
public final class JobName {

  /** A name that says nothing, or none. */
  public static final String UNNAMED = "(unnamed)";

  private static final int LENGTH_MAX = 256;

  /** Nobody reads further into a name than this, in characters. */
  public static final int READ_MAX = 4 * LENGTH_MAX;

  private record Step(Pattern pattern, String replacement) {
    Step(String regex, String replacement) {
      this(Pattern.compile(regex), replacement);
    }
  }

  private static final ImmutableList<Step> STEPS =
      ImmutableList.of(
          // ids of Hadoop
          new Step("(application|job|attempt|appattempt|container)_\\d+(_\\w+)*", "#"),
          // UUIDs
          new Step("(?<![0-9a-f])[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", "#"),
          // dates, with or without a time
          new Step(
              "\\d{4}[-_/.]?\\d{2}[-_/.]?\\d{2}([t _-]?\\d{2}[:.-]?\\d{2}([:.-]?\\d{2})?)?", "#"),
          // hashes: hexadecimal with at least one digit and one letter
          new Step(
              "(?<![0-9a-z])(?=[0-9a-f]*\\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}(?![0-9a-z])", "#"),
          new Step("\\d+", "#"),
          new Step("#([\\s_\\-./:]*#)+", "#"),
          new Step("[\\s_\\-./:]+", "-"),
          new Step("^-+|-+$", ""));

  private JobName() {}

  /** The name without what changes from run to run; {@link #UNNAMED} if nothing is left. */
  public static String normalised(@Nullable String name) {
    String text = lowerCase(name);
    for (Step step : STEPS) {
      text = step.pattern.matcher(text).replaceAll(step.replacement);
    }
    return text.isEmpty() || text.equals("#") ? UNNAMED : text;
  }

  /** The name as given, but for case, blanks around it, width and what is beyond 256 characters. */
  static String lowerCase(@Nullable String name) {
    if (name == null) {
      return "";
    }
    // A name that is far too long is cut before the work, too.
    String start = name.substring(0, Math.min(name.length(), READ_MAX));
    String text = Normalizer.normalize(start, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT).trim();
    return text.substring(0, Math.min(text.length(), LENGTH_MAX));
  }
}
