package org.yarngpu.scale;

/**
 * How many requests a second one replica serves, from what was measured.
 *
 * <p>While a replica has no more requests than it works at together, none waits, and it could serve
 * as many a second as it works at together, each in the latency that is seen. When it has more it
 * is busy all the time, and what it serves is what it can. Latency that is not measured follows
 * from Little's law: requests in flight over requests served.
 *
 * @param concurrency requests that a replica works at together, at least 1
 * @param value requests per second, a mean that forgets; NaN: not known
 */
record ServiceRate(int concurrency, double value) {

  /** Weight of the newest reading. */
  private static final double NEWEST = 0.2;

  static ServiceRate unknown(int concurrency) {
    return new ServiceRate(concurrency, Double.NaN);
  }

  /** The same and one reading more; one that says nothing of it changes nothing. */
  ServiceRate plus(Reading reading) {
    double rate = rate(reading);
    if (!(rate > 0) || Double.isInfinite(rate)) {
      return this;
    }
    return new ServiceRate(
        concurrency, Double.isNaN(value) ? rate : value + NEWEST * (rate - value));
  }

  private double rate(Reading reading) {
    double latency =
        Double.isNaN(reading.latencySeconds())
            ? reading.inFlight() / reading.served()
            : reading.latencySeconds();
    double inFlight =
        Double.isNaN(reading.inFlight()) ? reading.served() * latency : reading.inFlight();
    return inFlight > (double) concurrency * reading.replicas()
        ? reading.served() / reading.replicas()
        : concurrency / latency;
  }

  /** Time in which a replica answers a request that does not wait; NaN: not known. */
  double serviceSeconds() {
    return concurrency / value;
  }
}
