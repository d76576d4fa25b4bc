package org.yarngpu.sim.predict;

/**
 * How alike two names are: twice the characters of the matching blocks over all characters, where
 * blocks are found by taking the longest common substring and going on left and right of it.
 *
 * <p>Source: Ratcliff and Metzener, "Pattern matching: the Gestalt approach", Dr. Dobb's Journal,
 * July 1988.
 */
final class NameSimilarity {
  private NameSimilarity() {}

  /** Between 0 and 1; 1 for equal names, empty ones too. O(length squared) for usual names. */
  static double ratio(String one, String two) {
    int length = one.length() + two.length();
    return length == 0 ? 1 : 2.0 * matching(one, two) / length;
  }

  private static int matching(String one, String two) {
    if (one.isEmpty() || two.isEmpty()) {
      return 0;
    }
    if (one.equals(two)) {
      return one.length();
    }
    int best = 0;
    int endOne = 0;
    int endTwo = 0;
    int[] before = new int[two.length() + 1];
    for (int i = 1; i <= one.length(); i++) {
      int[] now = new int[two.length() + 1];
      for (int j = 1; j <= two.length(); j++) {
        if (one.charAt(i - 1) == two.charAt(j - 1)) {
          now[j] = before[j - 1] + 1;
          if (now[j] > best) {
            best = now[j];
            endOne = i;
            endTwo = j;
          }
        }
      }
      before = now;
    }
    return best == 0
        ? 0
        : best
            + matching(one.substring(0, endOne - best), two.substring(0, endTwo - best))
            + matching(one.substring(endOne), two.substring(endTwo));
  }
}
