package org.yarngpu.scale.source;

import static com.google.common.collect.ImmutableMap.toImmutableMap;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.net.URI;
import org.yarngpu.scale.Autoscaler;
import org.yarngpu.scale.Autoscaler.Wish;

/** Follows a service that runs elsewhere and says what would be done, as if it were done. */
public final class DryRun {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final LoadSource source;
  private final ImmutableMap<String, URI> metrics;
  private final Autoscaler autoscaler;
  private final double startDelaySeconds;
  private int replicas;

  /** One decision. */
  public record Line(long atMs, double load, int before, Wish wish) {

    public String text() {
      return wish.why();
    }

    public String json() {
      ObjectNode node = MAPPER.createObjectNode();
      node.put("at_ms", atMs);
      node.put("load_per_second", load);
      node.put("before", before);
      node.put("replicas", wish.replicas());
      node.put("why", wish.why());
      if (!Double.isFinite(load)) {
        node.putNull("load_per_second");
      }
      return node.toString();
    }
  }

  /**
   * Begins with the replicas that there are.
   *
   * @param metrics of each replica; empty where the source needs none
   */
  public DryRun(
      LoadSource source,
      ImmutableList<URI> metrics,
      Autoscaler.Service service,
      double startDelaySeconds,
      long nowMs,
      int replicas) {
    this.source = source;
    this.metrics =
        metrics.stream().distinct().collect(toImmutableMap(URI::toString, place -> place));
    this.autoscaler = new Autoscaler(service, nowMs, replicas);
    this.startDelaySeconds = startDelaySeconds;
    this.replicas = replicas;
  }

  /** Reads the load without deciding: counters tell a load from the second time on. */
  public void read(long nowMs) throws InterruptedException {
    source.read(nowMs, metrics).ifPresent(autoscaler::read);
  }

  /** Reads the load and decides. */
  public Line step(long nowMs) throws InterruptedException {
    read(nowMs);
    int before = replicas;
    Wish wish = autoscaler.decide(nowMs, before, startDelaySeconds);
    replicas = wish.replicas();
    return new Line(nowMs, autoscaler.load(), before, wish);
  }
}
