package org.yarngpu.scale.source;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.yarngpu.scale.Reading;

/** Where the load of a service is read that runs elsewhere. */
@FunctionalInterface
public interface LoadSource {

  Duration ROUND_MAX = Duration.ofSeconds(3);

  /**
   * Reads the load; empty where it cannot be.
   *
   * @param metrics where each replica that serves has its metrics, by a name that stays the same
   */
  Optional<Reading> read(long nowMs, ImmutableMap<String, URI> metrics) throws InterruptedException;

  /** The metrics of the replicas. */
  static LoadSource ofMetrics() {
    Scraper scraper = new Scraper(ROUND_MAX);
    ServiceMeter meter = new ServiceMeter();
    return (nowMs, metrics) -> meter.round(nowMs, scraper.round(metrics), metrics.size());
  }

  /** A file that somebody writes. */
  static LoadSource ofFile(Path file) {
    return (nowMs, metrics) -> {
      try {
        long writtenMs = Math.min(nowMs, Files.getLastModifiedTime(file).toMillis());
        return LoadJson.parse(Files.readString(file), writtenMs, 1);
      } catch (IOException unreadable) {
        return Optional.empty();
      }
    };
  }
}
