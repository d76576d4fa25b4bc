package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The pod lists of Alibaba's "openb" trace of 2023, {@code openb_pod_list_*.csv}.
 *
 * <p>A pod is a job of one member with {@code num_gpu} devices; {@code gpu_milli} below 1000 is the
 * part that it uses of its only one. It runs from {@code scheduled_time} to {@code deletion_time};
 * for pods that outlived the trace that is its end, so their run time is cut. {@code qos} becomes
 * the queue, {@code gpu_spec} the model, the first of several. Pods without GPUs and those that
 * were never scheduled are left out.
 *
 * <p>Source: Weng et al., "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with
 * Fragmentation Gradient Descent", USENIX ATC 2023;
 * https://github.com/alibaba/clusterdata/tree/master/cluster-trace-gpu-v2023
 */
final class Openb implements TraceReader {

  static final ImmutableList<String> REQUIRED =
      ImmutableList.of(
          "name", "num_gpu", "gpu_milli", "creation_time", "deletion_time", "scheduled_time");

  private static final int WHOLE_MILLI = 1000;

  @Override
  public void read(Path input, JobCollector into) throws IOException, TraceException {
    CsvRows.read(input, REQUIRED, into, row -> add(row, into));
  }

  private static void add(Fields row, JobCollector into) throws MalformedException {
    int gpus = row.count("num_gpu");
    if (gpus == 0) {
      into.leaveOut("without a GPU");
      return;
    }
    if (!row.has("scheduled_time")) {
      into.leaveOut("never scheduled");
      return;
    }
    long runMs = row.secondsAsMs("deletion_time") - row.secondsAsMs("scheduled_time");
    int milli = row.count("gpu_milli");
    Shape shape =
        gpus == 1 && milli < WHOLE_MILLI
            ? Shape.ofParts(1, (double) milli / WHOLE_MILLI)
            : Shape.ofEqualOrSingles(gpus, 1);
    into.add(
        new JobDraft(row.required("name"), row.secondsAsMs("creation_time"), runMs, shape)
            .queue(row.text("qos"))
            .gpuModels(row.text("gpu_spec")));
  }
}
