package org.yarngpu.config;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;

/** The known name that a misspelt one was most likely meant to be. */
final class NearestName {
  private NearestName() {}

  static String to(String misspelt, Collection<String> known) {
    return Collections.min(
        known, Comparator.<String>comparingInt(name -> distance(misspelt, name)));
  }

  /** Levenshtein's edit distance. */
  private static int distance(String one, String two) {
    int[] previous = new int[two.length() + 1];
    for (int j = 0; j <= two.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int[] current = new int[two.length() + 1];
      current[0] = i;
      for (int j = 1; j <= two.length(); j++) {
        int swap = previous[j - 1] + (one.charAt(i - 1) == two.charAt(j - 1) ? 0 : 1);
        current[j] = Math.min(swap, 1 + Math.min(previous[j], current[j - 1]));
      }
      previous = current;
    }
    return previous[two.length()];
  }
}
