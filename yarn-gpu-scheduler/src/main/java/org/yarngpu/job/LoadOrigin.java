package org.yarngpu.job;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * Where the load of a service is read.
 *
 * @param kind of source
 * @param place path on each replica, or a file on any Hadoop file system, or the page; empty for
 *     none
 */
public record LoadOrigin(Kind kind, String place) {

  /** Sources of load. */
  public enum Kind {
    /** The number of replicas does not change. */
    NONE,
    /** Prometheus text at the port that replicas serve at. */
    REPLICAS,
    /** Prometheus text at a second port, {@code METRICS_PORT}. */
    REPLICAS_SECOND_PORT,
    /** JSON that somebody writes. */
    FILE,
    /** The same JSON, posted to a page of the service. */
    PUSHED
  }

  public static final LoadOrigin NONE = new LoadOrigin(Kind.NONE, "");
  public static final LoadOrigin PUSHED = new LoadOrigin(Kind.PUSHED, "/load");

  public LoadOrigin {
    checkArgument((kind == Kind.NONE) == place.isEmpty(), "%s with place \"%s\"", kind, place);
  }
}
