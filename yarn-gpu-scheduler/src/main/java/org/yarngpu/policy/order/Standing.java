package org.yarngpu.policy.order;

import java.time.Instant;
import java.util.Comparator;
import java.util.Locale;
import org.yarngpu.model.Gang;
import org.yarngpu.model.GangId;
import org.yarngpu.model.LeafOrderName;

/**
 * Where a gang stands in its leaf queue, and by what; the least goes first. All that is compared is
 * whole numbers and so can be shown in full: whoever sorts what is shown gets the order.
 *
 * @param order of the queue
 * @param priority of the application; higher goes first in every order
 * @param measure what the order goes by: expected GPU milliseconds over the user's weight for
 *     {@code predicted}; 0 for {@code fifo}; GPU milliseconds used and asked for before, over the
 *     user's weight, for {@code fair-over-time}; GPU milliseconds received for {@code tiresias};
 *     epoch milliseconds for {@code deadline}; {@link #LAST} if it is not known
 * @param factors by which the measure is multiplied
 * @param score what is compared after the priority
 * @param submittedMs epoch milliseconds, between equals
 */
public record Standing(
    LeafOrderName order,
    int priority,
    long measure,
    Factors factors,
    double score,
    long submittedMs,
    GangId id)
    implements Comparable<Standing> {

  /** Of a gang about which is not known what the order goes by. */
  public static final long LAST = Long.MAX_VALUE;

  private static final Comparator<Standing> ORDER =
      Comparator.comparingInt(Standing::priority)
          .reversed()
          .thenComparingDouble(Standing::score)
          .thenComparingLong(Standing::submittedMs)
          .thenComparing(Standing::id);

  /**
   * Exponents of 2 by which an index is multiplied, in thousandths; below 0 is towards the front.
   *
   * @param age for the time waited, at most 0
   * @param use for the user's part of what the queue used of late, at least 0
   * @param deadline for the time left until it, at most 0
   * @param size for its GPUs
   */
  public record Factors(int age, int use, int deadline, int size) {
    public static final Factors NONE = new Factors(0, 0, 0, 0);

    private int sum() {
      return age + use + deadline + size;
    }

    private String text() {
      return text("age", age) + text("use", use) + text("deadline", deadline) + text("size", size);
    }

    private static String text(String name, int thousandths) {
      return thousandths == 0 ? "" : ", " + name + " " + decimal(thousandths);
    }
  }

  static Standing of(LeafOrderName order, Gang gang, long measure) {
    return of(order, gang, measure, Factors.NONE);
  }

  static Standing of(LeafOrderName order, Gang gang, long measure, Factors factors) {
    return new Standing(
        order,
        gang.priority(),
        measure,
        factors,
        score(order, measure, factors),
        gang.submittedMs(),
        gang.id());
  }

  private static double score(LeafOrderName order, long measure, Factors factors) {
    if (measure == LAST) {
      return Double.POSITIVE_INFINITY;
    }
    if (order == LeafOrderName.TIRESIAS) {
      return LeastAttainedFirst.isInFirstQueue(measure) ? 0 : 1;
    }
    double base = (double) measure;
    return factors.sum() == 0 ? base : base * StrictMath.pow(2, factors.sum() / 1000.0);
  }

  @Override
  public int compareTo(Standing other) {
    return ORDER.compare(this, other);
  }

  /** What it is shown as, such as {@code predicted, priority 0, index 3600.000 GPU-s}. */
  public String text() {
    return "%s, priority %d%s%s, submitted %s"
        .formatted(
            order.text(),
            priority,
            measureText(),
            factors.text(),
            Instant.ofEpochMilli(submittedMs));
  }

  private String measureText() {
    return switch (order) {
      case FIFO -> "";
      case PREDICTED ->
          measure == LAST
              ? ", no forecast or weight"
              : ", index %s GPU-s".formatted(decimal(measure));
      case FAIR_OVER_TIME ->
          measure == LAST ? ", no weight" : ", used and ahead %s GPU-s".formatted(decimal(measure));
      case TIRESIAS ->
          ", received %s GPU-s, %s queue"
              .formatted(
                  decimal(measure),
                  LeastAttainedFirst.isInFirstQueue(measure) ? "first" : "second");
      case DEADLINE ->
          measure == LAST ? ", no deadline" : ", due %s".formatted(Instant.ofEpochMilli(measure));
    };
  }

  private static String decimal(long thousandths) {
    return String.format(
        Locale.ROOT,
        "%s%d.%03d",
        thousandths < 0 ? "-" : "",
        Math.abs(thousandths) / 1000,
        Math.abs(thousandths) % 1000);
  }
}
