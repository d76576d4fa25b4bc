package org.yarngpu.scale;

/**
 * What the metrics of a service say at one moment, of all its replicas together. What is not known
 * is NaN.
 *
 * @param atMs when it was so
 * @param arrivals requests that come, a second
 * @param served requests that are answered, a second
 * @param inFlight requests that replicas have, those that wait included
 * @param waiting requests that wait
 * @param latencySeconds mean time from arrival to answer
 * @param p99Seconds 99th percentile of it
 * @param replicas that serve, at least 1
 */
public record Reading(
    long atMs,
    double arrivals,
    double served,
    double inFlight,
    double waiting,
    double latencySeconds,
    double p99Seconds,
    int replicas) {

  /** A reading that says no more than how many requests come. */
  public static Reading ofArrivals(long atMs, double arrivals, int replicas) {
    double unknown = Double.NaN;
    return new Reading(
        atMs, arrivals, unknown, unknown, unknown, unknown, unknown, Math.max(1, replicas));
  }

  /** Whether it is known that there was no request. */
  boolean isIdle() {
    return arrivals == 0 && !(inFlight > 0) && !(waiting > 0);
  }
}
