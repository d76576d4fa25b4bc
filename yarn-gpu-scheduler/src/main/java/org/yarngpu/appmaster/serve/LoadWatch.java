package org.yarngpu.appmaster.serve;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.LoadOrigin;
import org.yarngpu.scale.Reading;
import org.yarngpu.scale.source.LoadJson;
import org.yarngpu.scale.source.ReplicaMetrics;
import org.yarngpu.scale.source.Scraper;
import org.yarngpu.scale.source.ServiceMeter;

/** Reads a service's load every few seconds in a thread of its own, where waiting hurts nobody. */
final class LoadWatch implements AutoCloseable {

  static final Duration PERIOD = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(LoadWatch.class);

  private static final Duration ROUND_MAX = Duration.ofSeconds(3);
  private static final long BYTES_MAX = 1 << 20;

  private final LoadOrigin origin;
  private final Configuration conf;
  private final Scraper scraper = new Scraper(ROUND_MAX);
  private final ServiceMeter meter = new ServiceMeter();
  private final Queue<Reading> readings = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::readOnAndOn, "load-watch");

  /** Those that have requests or may have: ready and draining. */
  private volatile List<Replica> replicas = List.of();

  private volatile ImmutableMap<ContainerId, ReplicaMetrics> newest = ImmutableMap.of();

  LoadWatch(LoadOrigin origin, Configuration conf) {
    this.origin = origin;
    this.conf = conf;
    thread.setDaemon(true);
  }

  void start() {
    if (origin.kind() != LoadOrigin.Kind.NONE && origin.kind() != LoadOrigin.Kind.PUSHED) {
      thread.start();
    }
  }

  /** Says whom to ask from now on. */
  void watch(List<Replica> serving) {
    replicas = List.copyOf(serving);
  }

  /** Hands over what was read since. */
  void drainTo(Consumer<Reading> reader) {
    for (Reading next = readings.poll(); next != null; next = readings.poll()) {
      reader.accept(next);
    }
  }

  /** Whether a replica said in the last round that it has no requests. */
  boolean isIdle(Replica replica) {
    ReplicaMetrics metrics = newest.get(replica.id());
    return metrics != null && metrics.inFlight() == 0;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void readOnAndOn() {
    try {
      while (true) {
        read().ifPresent(readings::add);
        Thread.sleep(PERIOD.toMillis());
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private Optional<Reading> read() throws InterruptedException {
    try {
      return origin.kind() == LoadOrigin.Kind.FILE ? ofFile() : ofReplicas();
    } catch (IOException | RuntimeException failure) {
      LOG.warn("The load could not be read: {}", failure.toString());
      return Optional.empty();
    }
  }

  private Optional<Reading> ofFile() throws IOException {
    Path path = new Path(origin.place());
    FileSystem files = path.getFileSystem(conf);
    FileStatus status = files.getFileStatus(path);
    if (status.getLen() > BYTES_MAX) {
      throw new IOException("%s has %s bytes".formatted(path, status.getLen()));
    }
    try (InputStream in = files.open(path)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      long writtenMs = Math.min(status.getModificationTime(), System.currentTimeMillis());
      return LoadJson.parse(text, writtenMs, replicas.size());
    }
  }

  private Optional<Reading> ofReplicas() throws InterruptedException {
    List<Replica> asked = replicas;
    ImmutableMap<String, ReplicaMetrics> answers =
        scraper.round(asked.stream().collect(Collectors.toMap(LoadWatch::name, this::place)));
    ImmutableMap.Builder<ContainerId, ReplicaMetrics> byContainer = ImmutableMap.builder();
    for (Replica replica : asked) {
      ReplicaMetrics metrics = answers.get(name(replica));
      if (metrics != null) {
        byContainer.put(replica.id(), metrics);
      }
    }
    newest = byContainer.build();
    return meter.round(System.currentTimeMillis(), answers, asked.size());
  }

  private static String name(Replica replica) {
    return replica.id().toString();
  }

  private URI place(Replica replica) {
    int port =
        origin.kind() == LoadOrigin.Kind.REPLICAS_SECOND_PORT
            ? replica.metricsPort()
            : replica.port();
    return URI.create("http://%s:%s%s".formatted(replica.host(), port, origin.place()));
  }
}
