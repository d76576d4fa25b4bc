package org.yarngpu.appmaster.train;

import com.google.common.annotations.VisibleForTesting;
import com.google.common.primitives.Longs;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.JobSpec;

/**
 * Looks now and then when a job last saved its work: the newest modification of a path, and of what
 * lies in it if that is a directory. On a thread of its own, since file systems may hang; while one
 * does, nothing new is known.
 */
final class CheckpointWatch implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointWatch.class);

  /** Looks so many times an interval, so that the answer is late by little of it. */
  private static final int LOOKS = 10;

  private static final long PERIOD_MIN_MS = 1_000;
  private static final long PERIOD_MAX_MS = 60_000;

  /** Of a directory so many entries are looked at. */
  private static final int ENTRIES_MAX = 10_000;

  private final Path path;
  private final long periodMs;
  private final Configuration conf;
  private volatile OptionalLong savedMs = OptionalLong.empty();
  private boolean failureLogged;

  private CheckpointWatch(String path, Duration interval, Configuration conf) {
    this.path = new Path(path);
    this.periodMs =
        Longs.constrainToRange(interval.toMillis() / LOOKS, PERIOD_MIN_MS, PERIOD_MAX_MS);
    this.conf = conf;
  }

  /** Of a job that says where it saves; empty for others. */
  static Optional<CheckpointWatch> of(JobSpec spec, Configuration conf) {
    return spec.checkpointPath()
        .flatMap(
            path ->
                spec.checkpointInterval()
                    .map(interval -> new CheckpointWatch(path, interval, conf)));
  }

  void start() {
    Thread thread = new Thread(this, "checkpoint watch");
    thread.setDaemon(true);
    thread.start();
  }

  /** When the job last saved, epoch milliseconds by the file system; empty if it has not. */
  OptionalLong savedMs() {
    return savedMs;
  }

  @Override
  public void run() {
    try {
      while (true) {
        look();
        TimeUnit.MILLISECONDS.sleep(periodMs);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @VisibleForTesting
  void look() {
    try {
      FileSystem system = path.getFileSystem(conf);
      FileStatus status = system.getFileStatus(path);
      long newestMs = status.getModificationTime();
      if (status.isDirectory()) {
        RemoteIterator<FileStatus> entries = system.listStatusIterator(path);
        newestMs = 0; // an empty directory is no checkpoint
        for (int seen = 0; seen < ENTRIES_MAX && entries.hasNext(); seen++) {
          newestMs = Math.max(newestMs, entries.next().getModificationTime());
        }
      }
      if (newestMs > 0) {
        savedMs = OptionalLong.of(newestMs);
      }
    } catch (FileNotFoundException notYet) {
      LOG.debug("{} is not there yet", path);
    } catch (IOException | IllegalArgumentException failure) {
      if (!failureLogged) {
        LOG.warn(
            "{} cannot be looked at; the scheduler does not know when this job saves its work",
            path,
            failure);
        failureLogged = true;
      }
    }
  }
}
