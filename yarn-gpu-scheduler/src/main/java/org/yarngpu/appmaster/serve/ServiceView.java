package org.yarngpu.appmaster.serve;

import com.google.common.collect.ImmutableList;
import org.yarngpu.appmaster.serve.Replica.State;

/**
 * How a service is at one moment, for those who look at it.
 *
 * @param release what new replicas run, from 1
 * @param wanted replicas
 * @param why so many
 * @param load requests per second of the last minute; NaN: not known
 * @param serviceRate requests per second that a replica serves; NaN: not known
 * @param p99Seconds of the response time; NaN: not known
 * @param decisions the last that changed something, newest first, each with its time
 */
record ServiceView(
    String name,
    int release,
    int min,
    int max,
    int wanted,
    String why,
    double load,
    double serviceRate,
    double p99Seconds,
    ImmutableList<Replica> replicas,
    ImmutableList<String> decisions) {

  /** Those that requests may be sent to. */
  ImmutableList<Replica> endpoints() {
    return replicas.stream()
        .filter(replica -> replica.state() == State.READY)
        .collect(ImmutableList.toImmutableList());
  }
}
