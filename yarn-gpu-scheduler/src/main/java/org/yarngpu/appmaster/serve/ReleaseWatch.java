package org.yarngpu.appmaster.serve;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.appmaster.MemberLauncher;
import org.yarngpu.job.JobSpec;
import org.yarngpu.job.JobSpecException;
import org.yarngpu.job.Release;
import org.yarngpu.job.ServiceSpec;
import org.yarngpu.job.ServiceSpecReader;

/**
 * Looks for releases in a service's staging directory, every few seconds in a thread of its own.
 *
 * <p>A release that cannot be followed is refused, once and for all; a file system that fails is
 * asked again.
 */
final class ReleaseWatch implements AutoCloseable {

  static final Duration PERIOD = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ReleaseWatch.class);

  /** Makes the launcher of replicas; fails if one of their files is missing. */
  @FunctionalInterface
  interface Launchers {
    MemberLauncher of(JobSpec replica) throws IOException;
  }

  /** A release that can be started. */
  record Found(int number, ServiceSpec spec, MemberLauncher launcher) {}

  private final Path directory;
  private final Configuration conf;
  private final Launchers launchers;
  private final AtomicReference<@Nullable Found> newest = new AtomicReference<>();
  private final Queue<String> refusals = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::readOnAndOn, "release-watch");

  /** The last that was read; only one thread reads at a time. */
  private int last;

  ReleaseWatch(Path directory, Configuration conf, Launchers launchers) {
    this.directory = directory;
    this.conf = conf;
    this.launchers = launchers;
    thread.setDaemon(true);
  }

  /** Goes on where {@link #read} stopped. */
  void start() {
    thread.start();
  }

  /** Returns the newest that was found since this was last asked. */
  Optional<Found> takeNewest() {
    return Optional.ofNullable(newest.getAndSet(null));
  }

  /** Hands over which were refused since, and why. */
  void drainRefusalsTo(Consumer<String> reader) {
    for (String next = refusals.poll(); next != null; next = refusals.poll()) {
      reader.accept(next);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  /**
   * Reads what has come since the last one, from release 1; not once the thread runs.
   *
   * @return those that can be started, oldest first
   */
  ImmutableList<Found> read() throws IOException {
    ImmutableList.Builder<Found> found = ImmutableList.builder();
    FileSystem files = directory.getFileSystem(conf);
    for (Path next = next(); files.exists(next); next = next()) {
      String text;
      try (InputStream in = files.open(next)) {
        text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
      last++;
      parse(text).ifPresent(found::add);
    }
    return found.build();
  }

  private Path next() {
    return new Path(directory, Release.file(last + 1));
  }

  private Optional<Found> parse(String text) {
    try {
      ServiceSpec spec = ServiceSpecReader.parse(text);
      return Optional.of(new Found(last, spec, launchers.of(spec.replica())));
    } catch (IOException | JobSpecException | RuntimeException wrong) {
      String message = String.valueOf(wrong.getMessage());
      String words =
          "release %s is refused: %s"
              .formatted(last, message.lines().findFirst().orElse(wrong.toString()));
      LOG.warn("{}", words, wrong);
      refusals.add(words);
      return Optional.empty();
    }
  }

  private void readOnAndOn() {
    try {
      while (true) {
        readNewest();
        Thread.sleep(PERIOD.toMillis());
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private void readNewest() {
    try {
      read().forEach(newest::set);
    } catch (IOException | RuntimeException failure) {
      LOG.warn("New releases could not be looked for: {}", failure.toString());
    }
  }
}
