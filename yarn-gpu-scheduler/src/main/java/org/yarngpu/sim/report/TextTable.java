package org.yarngpu.sim.report;

import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;

/** Aligned columns: the first to the left and cut to what the line has left, the others right. */
final class TextTable {
  private static final int LINE_MAX = 120;
  private static final String GAP = "  ";

  private final List<ImmutableList<String>> rows = new ArrayList<>();

  void add(String... cells) {
    add(ImmutableList.copyOf(cells));
  }

  void add(List<String> cells) {
    rows.add(ImmutableList.copyOf(cells));
  }

  /** Lines of at most {@value #LINE_MAX} characters, each with its end. */
  @Override
  public String toString() {
    int[] widths = new int[rows.get(0).size()];
    for (ImmutableList<String> row : rows) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    int others = 0;
    for (int c = 1; c < widths.length; c++) {
      others += GAP.length() + widths[c];
    }
    widths[0] = Math.min(widths[0], Math.max(1, LINE_MAX - others));
    StringBuilder text = new StringBuilder();
    for (ImmutableList<String> row : rows) {
      StringBuilder line =
          new StringBuilder(Strings.padEnd(cut(row.get(0), widths[0]), widths[0], ' '));
      for (int c = 1; c < widths.length; c++) {
        line.append(GAP).append(Strings.padStart(row.get(c), widths[c], ' '));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static String cut(String text, int width) {
    return text.length() <= width ? text : text.substring(0, width - 1) + "~";
  }
}
