package org.yarngpu.sim.workload;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code cluster_job_log} of Microsoft's Philly clusters: a JSON array of jobs.
 *
 * <p>The run time is the sum over the attempts that have a start and an end: all of them held the
 * GPUs, and the time between them was waiting. It includes work that a failed attempt lost. GPUs
 * are those of the last attempt that lists machines: one member a machine where all machines gave
 * equally many, single GPUs elsewhere. {@code vc} becomes the queue; names of jobs were not
 * published. Jobs that never started and those whose last attempt has no end are left out. Times
 * are local.
 *
 * <p>Source: Jeon et al., "Analysis of Large-Scale Multi-Tenant GPU Clusters for DNN Training
 * Workloads", USENIX ATC 2019; https://github.com/msr-fiddle/philly-traces
 */
final class Philly implements TraceReader {

  @Override
  public void read(Path input, JobCollector into) throws IOException {
    try (BufferedReader text = TraceText.open(input)) {
      JsonRecords.read(input.toString(), text, into, (number, job) -> add(job, into));
    }
  }

  private static void add(JsonNode job, JobCollector into) throws MalformedException {
    Fields fields = JsonRecords.fields(job);
    String id = fields.required("jobid");
    JsonNode attempts = job.path("attempts");
    if (attempts.isEmpty()) {
      into.leaveOut("never started");
      return;
    }
    if (!JsonRecords.fields(attempts.get(attempts.size() - 1)).has("end_time")) {
      into.leaveOut("had not ended");
      return;
    }
    into.add(
        new JobDraft(id, fields.timestampMs("submitted_time"), runMs(id, attempts), shape(attempts))
            .user(fields.text("user"))
            .queue(fields.text("vc")));
  }

  private static long runMs(String id, JsonNode attempts) throws MalformedException {
    long sumMs = 0;
    boolean any = false;
    for (JsonNode attempt : attempts) {
      Fields fields = JsonRecords.fields(attempt);
      if (fields.has("start_time") && fields.has("end_time")) {
        long ms = fields.timestampMs("end_time") - fields.timestampMs("start_time");
        if (ms < 0) {
          throw new MalformedException("an attempt of job %s ends before it starts".formatted(id));
        }
        sumMs += ms;
        any = true;
      }
    }
    if (!any) {
      throw new MalformedException("job %s has no attempt with start and end".formatted(id));
    }
    return sumMs;
  }

  private static Shape shape(JsonNode attempts) throws MalformedException {
    List<Integer> machines = new ArrayList<>();
    for (JsonNode attempt : attempts) {
      JsonNode detail = attempt.path("detail");
      if (!detail.isEmpty()) {
        machines.clear();
        detail.forEach(machine -> machines.add(machine.path("gpus").size()));
      }
    }
    int gpus = machines.stream().mapToInt(Integer::intValue).sum();
    boolean equal = ImmutableSet.copyOf(machines).size() == 1;
    return equal ? Shape.ofEqualOrSingles(gpus, machines.size()) : Shape.ofSingles(gpus);
  }
}
