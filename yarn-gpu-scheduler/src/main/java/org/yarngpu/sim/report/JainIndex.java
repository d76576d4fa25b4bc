package org.yarngpu.sim.report;

import java.util.Collection;
import java.util.OptionalDouble;

/**
 * How equal shares are: (sum x)^2 / (n sum x^2), 1 when all are equal, 1/n when one has everything.
 *
 * <p>Source: Jain, Chiu and Hawe, "A quantitative measure of fairness and discrimination for
 * resource allocation in shared computer systems", DEC-TR-301, 1984.
 */
final class JainIndex {
  private JainIndex() {}

  /** Empty for fewer than two shares, which nobody can compare. */
  static OptionalDouble of(Collection<Double> shares) {
    if (shares.size() < 2) {
      return OptionalDouble.empty();
    }
    double sum = shares.stream().mapToDouble(x -> x).sum();
    double squares = shares.stream().mapToDouble(x -> x * x).sum();
    return OptionalDouble.of(sum * sum / (shares.size() * squares));
  }
}
