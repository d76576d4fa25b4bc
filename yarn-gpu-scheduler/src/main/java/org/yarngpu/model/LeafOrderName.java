package org.yarngpu.model;

import com.google.common.base.Ascii;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Who goes first within a leaf queue, as configuration, journals and diagnostics name it. */
public enum LeafOrderName {
  /** Least expected remaining GPU time first, adjusted by the {@link OrderWeights}. */
  PREDICTED,
  /** In the order of submission. */
  FIFO,
  /** The user first who has used the least of late. */
  FAIR_OVER_TIME,
  /** Who has received little before who has received much; each in the order of submission. */
  TIRESIAS,
  /** The earliest declared deadline first. */
  DEADLINE;

  /** All names, as a sentence lists them. */
  public static final String ACCEPTED =
      Arrays.stream(values())
          .map(LeafOrderName::text)
          .collect(Collectors.joining(", "))
          .replace(", deadline", " or deadline");

  /** Its name where people write it. */
  public String text() {
    return Ascii.toLowerCase(name()).replace('_', '-');
  }

  /**
   * The order of that name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static LeafOrderName of(String text) {
    for (LeafOrderName order : values()) {
      if (order.text().equals(text)) {
        return order;
      }
    }
    throw new IllegalArgumentException("there is no order \"%s\"".formatted(text));
  }
}
