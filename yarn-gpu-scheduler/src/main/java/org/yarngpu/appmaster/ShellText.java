package org.yarngpu.appmaster;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes words so that they reach a container's program unchanged.
 *
 * <p>The NodeManager replaces doubled braces and markers such as {@code <LOG_DIR>}, writes the
 * command into {@code bash -c "…"} and each variable into {@code export NAME="…"}. So braces are
 * kept apart, words are put into single quotes for the inner shell, and what the double quotes of
 * the outer one would read is escaped.
 */
public final class ShellText {

  private static final Pattern READ_IN_DOUBLE_QUOTES = Pattern.compile("[\\\\\"$`]");

  private static final Pattern MARKER_START = Pattern.compile("<|\\{(?=\\{)|\\}(?=\\})");

  private ShellText() {}

  /** Returns a command whose program gets exactly these words, and whose shell gives way to it. */
  public static String command(List<String> words) {
    return words.stream().map(ShellText::word).collect(Collectors.joining(" ", "exec ", ""));
  }

  /** Returns the text that gives a variable exactly this value. */
  public static String value(String value) {
    return apart(escaped(value), "\"\"");
  }

  private static String word(String word) {
    String quoted = "'" + word.replace("'", "'\\''") + "'";
    return apart(escaped(quoted), "''");
  }

  private static String escaped(String text) {
    return READ_IN_DOUBLE_QUOTES.matcher(text).replaceAll("\\\\$0");
  }

  /** Puts an empty pair of quotes into everything that the NodeManager would replace. */
  private static String apart(String text, String quotes) {
    return MARKER_START.matcher(text).replaceAll("$0" + quotes);
  }
}
