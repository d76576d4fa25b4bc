package org.yarngpu.scale.source;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.yarngpu.scale.Autoscaler;
import org.yarngpu.scale.Autoscaler.Wish;
import org.yarngpu.scale.Reading;

/** Follows a service that runs elsewhere and says what would be done, as if it were done. */
public final class DryRun {

  private static final Duration ROUND_MAX = Duration.ofSeconds(3);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Source source;
  private final Autoscaler autoscaler;
  private final double startDelaySeconds;
  private int replicas;

  /** Where a load is read; empty where it cannot be. */
  public interface Source {
    Optional<Reading> read(long nowMs) throws InterruptedException;
  }

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

  /** Begins with the replicas that there are. */
  public DryRun(
      Source source,
      Autoscaler.Service service,
      double startDelaySeconds,
      long nowMs,
      int replicas) {
    this.source = source;
    this.autoscaler = new Autoscaler(service, nowMs, replicas);
    this.startDelaySeconds = startDelaySeconds;
    this.replicas = replicas;
  }

  /** Reads the load without deciding: counters tell a load from the second time on. */
  public void read(long nowMs) throws InterruptedException {
    source.read(nowMs).ifPresent(autoscaler::read);
  }

  /** Reads the load and decides. */
  public Line step(long nowMs) throws InterruptedException {
    read(nowMs);
    int before = replicas;
    Wish wish = autoscaler.decide(nowMs, before, startDelaySeconds);
    replicas = wish.replicas();
    return new Line(nowMs, autoscaler.load(), before, wish);
  }

  /** The metrics of replicas, each at an address. */
  public static Source ofEndpoints(ImmutableList<URI> endpoints) {
    Scraper scraper = new Scraper(ROUND_MAX);
    ServiceMeter meter = new ServiceMeter();
    Map<String, URI> places =
        endpoints.stream().distinct().collect(Collectors.toMap(URI::toString, place -> place));
    return nowMs -> meter.round(nowMs, scraper.round(places), places.size());
  }

  /** A file that somebody writes. */
  public static Source ofFile(Path file) {
    return nowMs -> {
      try {
        long writtenMs = Math.min(nowMs, Files.getLastModifiedTime(file).toMillis());
        return LoadJson.parse(Files.readString(file), writtenMs, 1);
      } catch (IOException unreadable) {
        return Optional.empty();
      }
    };
  }
}
