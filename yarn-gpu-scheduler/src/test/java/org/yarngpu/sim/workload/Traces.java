package org.yarngpu.sim.workload;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import org.yarngpu.sim.Job;

/** Invented traces of some ten rows, one for each format, in the schema of the real ones. */
final class Traces {

  private Traces() {}

  static Path sample(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Traces.class.getResource("/traces/" + name), name).toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /** Times in seconds, shape as members x GPUs, then what else the job has. */
  static String line(Job job) {
    StringBuilder line =
        new StringBuilder(
            "%s at %s for %s: %sx%s"
                .formatted(
                    job.id(),
                    job.submitMs() / 1000.0,
                    job.runMs() / 1000.0,
                    job.members(),
                    job.gpusPerMember()));
    if (job.deviceShare() < 1) {
      line.append(" of ").append(job.deviceShare());
    }
    append(line, "user", job.user());
    append(line, "group", job.group());
    append(line, "queue", job.queue());
    append(line, "model", job.gpuModel());
    if (job.priority() != 0) {
      append(line, "priority", Integer.toString(job.priority()));
    }
    job.estimateMs().ifPresent(ms -> append(line, "estimate", Long.toString(ms / 1000)));
    job.checkpointMs().ifPresent(ms -> append(line, "checkpoint", Long.toString(ms / 1000)));
    return line.toString();
  }

  private static void append(StringBuilder line, String name, String value) {
    if (!value.isEmpty()) {
      line.append(", ").append(name).append(' ').append(value);
    }
  }
}
