package org.yarngpu.sim.workload;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The job list of the simulator that comes with Alibaba's PAI trace of 2020, such as {@code
 * pai_job_duration_estimate_100K.csv}.
 *
 * <p>{@code num_gpu} is in devices, may be fractional, and is the whole job's, as that simulator
 * allocates it; {@code num_inst} instances share it equally and become the members, so that an
 * instance may use a part of its device. {@code group} is read where the file has it. The columns
 * {@code user_dur}, {@code group_dur} and the like are that simulator's forecasts, not the users',
 * and are not read. Jobs without GPUs are left out.
 *
 * <p>Source: Weng et al., "MLaaS in the Wild: Workload Analysis and Scheduling in Large-Scale
 * Heterogeneous GPU Clusters", NSDI 2022;
 * https://github.com/alibaba/clusterdata/tree/master/cluster-trace-gpu-v2020/simulator
 */
final class Pai implements TraceReader {

  static final ImmutableList<String> REQUIRED =
      ImmutableList.of("job_id", "submit_time", "duration", "num_gpu");

  private static final String NO_GPU = "CPU";

  @Override
  public void read(Path input, JobCollector into) throws IOException, TraceException {
    CsvRows.read(input, REQUIRED, into, row -> add(row, into));
  }

  private static void add(Fields row, JobCollector into) throws MalformedException {
    if (!row.has("num_gpu") || row.number("num_gpu") == 0 || row.text("gpu_type").equals(NO_GPU)) {
      into.leaveOut("without a GPU");
      return;
    }
    String id = row.required("job_id");
    if (!row.has("duration")) {
      throw new MalformedException("job %s has no duration".formatted(id));
    }
    int members = row.has("num_inst") ? Math.max(1, row.count("num_inst")) : 1;
    Shape shape = Shape.ofParts(members, row.number("num_gpu") / members);
    into.add(
        new JobDraft(id, row.secondsAsMs("submit_time"), row.secondsAsMs("duration"), shape)
            .user(row.text("user"))
            .group(row.text("group"))
            .gpuModels(row.text("gpu_type")));
  }
}
