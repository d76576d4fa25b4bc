package org.yarngpu.model;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * How much each factor moves a gang within a queue of the order {@link LeafOrderName#PREDICTED}. A
 * factor times its weight is added to the exponent of 2 by which the index is multiplied: a weight
 * of 1 halves or doubles the index where the factor is at its full; 0 leaves it out.
 *
 * @param age towards the front with the time waited, in [0, 10]
 * @param use towards the back with the user's part of what the queue used of late, in [0, 10]
 * @param deadline towards the front as the time left shrinks to what the job needs, in [0, 10]
 * @param size towards the back with the logarithm of its GPUs, in [-10, 10]; -1 takes them out of
 *     the index, so that the order is by time alone
 */
public record OrderWeights(double age, double use, double deadline, double size) {

  public static final double MAX = 10;

  public static final OrderWeights NONE = new OrderWeights(0, 0, 0, 0);

  public OrderWeights {
    checkArgument(
        isWeight(age) && isWeight(use) && isWeight(deadline) && isWeight(Math.abs(size)),
        "weights must lie in [0, %s], that of size in [-%s, %s]: age %s, use %s, deadline %s, size %s",
        MAX,
        MAX,
        MAX,
        age,
        use,
        deadline,
        size);
  }

  private static boolean isWeight(double weight) {
    return weight >= 0 && weight <= MAX;
  }
}
