package org.yarngpu.predict;

/** How likely it is that a reservation begins late. */
public final class DelayProbability {
  private DelayProbability() {}

  /**
   * The probability that at least one of these gangs still holds its GPUs when the reservation
   * begins, if they end independently of each other.
   *
   * @param stillRun of each gang that holds GPUs of the reservation, each in [0, 1], see {@link
   *     org.yarngpu.model.RuntimeForecast#stillRunsProbability}
   */
  public static double ofAny(double... stillRun) {
    double none = 1;
    for (double probability : stillRun) {
      none *= 1 - probability;
    }
    return 1 - none;
  }
}
