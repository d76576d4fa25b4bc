package org.yarngpu.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.yarngpu.client.ClusterException;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.client.JobStatus;
import org.yarngpu.client.SubmittedJob;

/** Stays with a submitted job until it ends and tells what happens. */
final class JobFollower {

  private static final Duration POLL = Duration.ofSeconds(1);

  /** How long the ResourceManager may be away, as when it restarts or fails over. */
  private static final Duration SILENCE_MAX = Duration.ofMinutes(15);

  private final GpuJobClient client;
  private final SubmittedJob job;
  private final PrintWriter out;
  private final long startedNanos = System.nanoTime();
  private final AtomicBoolean ended = new AtomicBoolean();

  JobFollower(GpuJobClient client, SubmittedJob job, PrintWriter out) {
    this.client = client;
    this.job = job;
    this.out = out;
  }

  /** Prints what the user needs to find the job again. */
  void introduce() throws ClusterException {
    out.printf(
        "%s submitted to queue %s: %s%n",
        job.id(), job.spec().queue(), client.status(job).trackingUrl());
  }

  /** Returns the job's exit code once it has ended; an interrupt of the program kills the job. */
  int untilEnd() throws ClusterException, InterruptedException {
    client.atShutdown(this::killUnlessEnded);
    ProgressLines lines = new ProgressLines();
    JobStatus status = status();
    while (!status.hasEnded()) {
      lines.next(status, where(status), elapsed()).ifPresent(out::println);
      Thread.sleep(POLL.toMillis());
      status = status();
    }
    ended.set(true);
    client.clean(job);
    out.println(ProgressLines.end(status, elapsed()));
    return status.exitCode().orElse(Main.FAILED);
  }

  /** Asks again while the ResourceManager is away. */
  private JobStatus status() throws ClusterException, InterruptedException {
    Duration silentSince = elapsed();
    while (true) {
      try {
        return client.status(job);
      } catch (ClusterException failure) {
        if (elapsed().minus(silentSince).compareTo(SILENCE_MAX) > 0) {
          throw failure;
        }
        out.println(ProgressLines.line("asking again: " + failure.getMessage(), elapsed()));
        Thread.sleep(POLL.toMillis());
      }
    }
  }

  private String where(JobStatus status) throws ClusterException {
    if (status.phase() != JobStatus.Phase.RUNNING) {
      return "";
    }
    int nodes = client.nodes(job);
    return switch (nodes) {
      case 0 -> ""; // its members have ended since
      case 1 -> "on 1 node";
      default -> "on %s nodes".formatted(nodes);
    };
  }

  private Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  private void killUnlessEnded() {
    if (ended.get()) {
      return;
    }
    out.printf("Interrupted: asking YARN to kill %s.%n", job.id());
    try {
      client.kill(job);
      out.printf("%s is killed.%n", job.id());
    } catch (ClusterException failure) {
      out.printf(
          "%s may still run: %s%nMaybe run: yarn application -kill %s%n",
          job.id(), failure.getMessage(), job.id());
    }
  }
}
