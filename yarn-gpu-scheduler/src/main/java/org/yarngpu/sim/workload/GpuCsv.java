package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Our own schema; {@link TraceWriter} writes it. A row is a job:
 *
 * <p>{@code job_id} unique; {@code submit_s} seconds since the start of the trace; {@code
 * duration_s} seconds that it runs, 0 allowed; {@code gpus} of the whole job, below 1 a part of one
 * device; {@code gpus_per_worker} of each member, single GPUs where it is empty; {@code user},
 * {@code group} and {@code queue}; {@code status}, which is not read; {@code gpu_type}, the first
 * of several models {@code A|B}; {@code requested_s} the user's own estimate. Further columns that
 * need not be there: {@code priority}, {@code checkpoint_s}, and {@code device_share} for jobs of
 * several devices that can use only a part of each.
 */
final class GpuCsv implements TraceReader {

  static final ImmutableList<String> REQUIRED =
      ImmutableList.of("job_id", "submit_s", "duration_s", "gpus");

  static final ImmutableList<String> COLUMNS =
      ImmutableList.of(
          "job_id",
          "submit_s",
          "duration_s",
          "gpus",
          "gpus_per_worker",
          "user",
          "group",
          "queue",
          "status",
          "gpu_type",
          "requested_s",
          "priority",
          "checkpoint_s",
          "device_share");

  @Override
  public void read(Path input, JobCollector into) throws IOException, TraceException {
    CsvRows.read(input, REQUIRED, into, row -> into.add(job(row)));
  }

  private static JobDraft job(Fields row) throws MalformedException {
    String id = row.required("job_id");
    if (!row.has("duration_s")) {
      throw new MalformedException("job %s has no duration".formatted(id));
    }
    return new JobDraft(id, row.secondsAsMs("submit_s"), row.secondsAsMs("duration_s"), shape(row))
        .user(row.text("user"))
        .group(row.text("group"))
        .queue(row.text("queue"))
        .priority(row.integer("priority"))
        .gpuModels(row.text("gpu_type"))
        .estimateMs(row.optionalSecondsAsMs("requested_s"))
        .checkpointMs(row.optionalSecondsAsMs("checkpoint_s"));
  }

  private static Shape shape(Fields row) throws MalformedException {
    double gpus = row.number("gpus");
    if (gpus > 0 && gpus < 1) {
      if (row.has("gpus_per_worker") && row.number("gpus_per_worker") != gpus) {
        throw notAMultiple(row);
      }
      return Shape.ofParts(1, gpus);
    }
    int whole = row.count("gpus");
    if (!row.has("gpus_per_worker")) {
      return shared(row, Shape.ofSingles(whole));
    }
    double each = row.number("gpus_per_worker");
    if (each != Math.rint(each) || each < 1 || whole % each != 0) {
      throw notAMultiple(row);
    }
    return shared(row, Shape.ofEqualOrSingles(whole, (int) (whole / each)));
  }

  private static Shape shared(Fields row, Shape shape) throws MalformedException {
    if (!row.has("device_share")) {
      return shape;
    }
    double share = row.number("device_share");
    if (!(share > 0 && share <= 1)) {
      throw new MalformedException("device_share is %s but must lie in (0, 1]".formatted(share));
    }
    return new Shape(shape.members(), shape.gpusPerMember(), share);
  }

  private static MalformedException notAMultiple(Fields row) {
    return new MalformedException(
        "gpus (%s) is no multiple of gpus_per_worker (%s)"
            .formatted(row.text("gpus"), row.text("gpus_per_worker")));
  }
}
