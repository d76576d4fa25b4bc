package org.yarngpu.scale;

/**
 * How many replicas keep requests from waiting long: a queue with n servers.
 *
 * <p>Source: Erlang's second formula; its wait with the correction of Allen and Cunneen for service
 * times that vary less than exponential ones (Bolch et al., "Queueing Networks and Markov Chains",
 * 2006, G/G/n approximations).
 *
 * @param objectiveSeconds longest wait that is no violation, at least 0
 */
public record ErlangC(double objectiveSeconds) {

  /** Share of requests that may wait longer. */
  static final double WAIT_PROBABILITY = 0.01;

  /** Squared coefficient of variation of the service time. */
  static final double CV2 = 0.5;

  /** Replicas are never planned to be busier. */
  static final double LOAD_MAX = 0.9;

  private static final double ROUNDING = 1e-9;

  /**
   * Probability that a request waits at all.
   *
   * @param n servers, more than {@code offered}
   * @param offered load in servers: arrivals per second over the service rate, at least 0
   */
  static double waits(int n, double offered) {
    double blocked = 1;
    for (int k = 1; k <= n; k++) {
      blocked = offered * blocked / (k + offered * blocked);
    }
    return blocked / (1 - offered / n * (1 - blocked));
  }

  /** Probability that a request waits longer than the objective; 1 if the queue grows. */
  double waitsLonger(int n, double load, double serviceRate) {
    double spare = n * serviceRate - load;
    return spare <= 0
        ? 1
        : waits(n, load / serviceRate) * Math.exp(-spare * objectiveSeconds * 2 / (1 + CV2));
  }

  /**
   * The fewest replicas that do, of those that are allowed.
   *
   * @param load requests per second; none or unknown: the fewest allowed, but one
   * @param serviceRate requests per second that one replica serves, positive
   */
  public int replicas(double load, double serviceRate, ReplicaBounds bounds) {
    if (!(load > 0)) {
      return bounds.clip(1);
    }
    double offered = load / serviceRate;
    double least =
        Math.max(Math.ceil(offered / LOAD_MAX - ROUNDING), Math.floor(offered + ROUNDING) + 1);
    if (least >= bounds.max()) {
      return bounds.max();
    }
    int n = (int) least;
    while (n < bounds.max() && waitsLonger(n, load, serviceRate) > WAIT_PROBABILITY) {
      n++;
    }
    return bounds.clip(n);
  }
}
