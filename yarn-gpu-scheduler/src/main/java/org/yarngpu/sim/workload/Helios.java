package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The {@code cluster_log.csv} of SenseTime's Helios clusters.
 *
 * <p>{@code vc}, the virtual cluster, becomes the queue: the column {@code queue} is a waiting
 * time. Members are the nodes that the job had, or single GPUs where {@code gpu_num} is no multiple
 * of {@code node_num}. Jobs without GPUs, those that never started and the few that had not ended
 * are left out. Times are local.
 *
 * <p>Source: Hu et al., "Characterization and Prediction of Deep Learning Workloads in Large-Scale
 * GPU Datacenters", SC 2021; https://github.com/S-Lab-System-Group/HeliosData
 */
final class Helios implements TraceReader {

  static final ImmutableList<String> REQUIRED =
      ImmutableList.of("job_id", "gpu_num", "node_num", "submit_time", "start_time", "duration");

  private static final ImmutableSet<String> NOT_ENDED =
      ImmutableSet.of("RUNNING", "SUSPENDED", "PENDING");

  @Override
  public void read(Path input, JobCollector into) throws IOException, TraceException {
    CsvRows.read(input, REQUIRED, into, row -> add(row, into));
  }

  private static void add(Fields row, JobCollector into) throws MalformedException {
    int gpus = row.count("gpu_num");
    if (gpus == 0) {
      into.leaveOut("without a GPU");
      return;
    }
    if (!row.has("start_time")) {
      into.leaveOut("never started");
      return;
    }
    if (NOT_ENDED.contains(row.text("state"))) {
      into.leaveOut("had not ended");
      return;
    }
    String id = row.required("job_id");
    if (!row.has("duration")) {
      throw new MalformedException("job %s has no duration".formatted(id));
    }
    Shape shape = Shape.ofEqualOrSingles(gpus, row.count("node_num"));
    into.add(
        new JobDraft(id, row.timestampMs("submit_time"), row.secondsAsMs("duration"), shape)
            .user(row.text("user"))
            .queue(row.text("vc")));
  }
}
