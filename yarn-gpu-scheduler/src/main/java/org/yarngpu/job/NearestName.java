package org.yarngpu.job;

import com.google.common.base.Ascii;
import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The spelling hint of an error message: the known name with the fewest differing characters. */
public final class NearestName {

  private NearestName() {}

  /** Returns the hint as a sentence with a leading space, or nothing where no name is near. */
  public static String hint(String given, Collection<String> known) {
    return of(given, known).map(name -> " Maybe " + name + " was meant.").orElse("");
  }

  /** Returns the nearest name, the first in alphabetical order among equals. */
  private static Optional<String> of(String given, Collection<String> known) {
    int limit = Math.max(2, given.length() / 2);
    return known.stream()
        .filter(name -> difference(given, name) <= limit)
        .min(
            Comparator.<String>comparingInt(name -> difference(given, name))
                .thenComparing(Comparator.naturalOrder()));
  }

  /** Without case; a name that was cut short counts as near as one wrong character. */
  private static int difference(String given, String name) {
    String left = Ascii.toLowerCase(given);
    String right = Ascii.toLowerCase(name);
    return left.length() >= 3 && right.startsWith(left) ? 1 : distance(left, right);
  }

  /** Levenshtein's distance. */
  private static int distance(String left, String right) {
    int[] above = new int[right.length() + 1];
    for (int column = 0; column < above.length; column++) {
      above[column] = column;
    }
    for (int row = 1; row <= left.length(); row++) {
      int[] current = new int[above.length];
      current[0] = row;
      for (int column = 1; column < current.length; column++) {
        int change = left.charAt(row - 1) == right.charAt(column - 1) ? 0 : 1;
        current[column] =
            Math.min(above[column - 1] + change, 1 + Math.min(above[column], current[column - 1]));
      }
      above = current;
    }
    return above[right.length()];
  }
}
