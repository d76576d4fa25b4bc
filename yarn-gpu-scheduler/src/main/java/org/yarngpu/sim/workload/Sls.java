package org.yarngpu.sim.workload;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The input of Hadoop's Scheduler Load Simulator, type SLS: JSON objects that follow each other.
 *
 * <p>The containers of {@code job.tasks} become the members, all started together, which
 * MapReduce's are not; the longest is the run time. A container's time is {@code
 * container.duration.ms}, {@code duration.ms}, or from {@code container.start.ms} to {@code
 * container.end.ms}, in this order. Its GPUs are {@code container.yarn.io/gpu}; where no container
 * of a job says so each has one, else those without are not counted. {@code job.count} above 1 is
 * so many jobs. Memory, vcores, hosts, priorities and delays of containers are not read.
 *
 * <p>Source: {@code AMDefinitionSLS}, {@code TaskContainerDefinition} and {@code SLSConfiguration}
 * of Hadoop 3.4.2; https://hadoop.apache.org/docs/r3.4.2/hadoop-sls/SchedulerLoadSimulator.html
 */
final class Sls implements TraceReader {

  private static final String GPU = "container.yarn.io/gpu";
  private static final int COPIES_MAX = 100_000;

  @Override
  public void read(Path input, JobCollector into) throws IOException {
    try (BufferedReader text = TraceText.open(input)) {
      JsonRecords.read(input.toString(), text, into, (number, job) -> add(number, job, into));
    }
  }

  private static void add(long number, JsonNode job, JobCollector into) throws MalformedException {
    Fields fields = JsonRecords.fields(job);
    String id = fields.has("job.id") ? fields.text("job.id") : "sls-" + number;
    int copies = fields.has("job.count") ? Math.max(1, fields.count("job.count")) : 1;
    if (copies > COPIES_MAX) {
      throw new MalformedException("job.count is above " + COPIES_MAX);
    }
    List<Fields> containers = new ArrayList<>();
    job.path("job.tasks").forEach(task -> containers.add(JsonRecords.fields(task)));
    if (containers.isEmpty()) {
      throw new MalformedException("job %s has no job.tasks".formatted(id));
    }
    Shape shape = shape(id, containers);
    long runMs = 0;
    for (Fields container : containers) {
      runMs = Math.max(runMs, durationMs(container));
    }
    for (int copy = 1; copy <= copies; copy++) {
      into.add(
          new JobDraft(copies == 1 ? id : id + "-" + copy, fields.ms("job.start.ms"), runMs, shape)
              .user(fields.text("job.user"))
              .queue(fields.text("job.queue.name")));
    }
  }

  private static Shape shape(String id, List<Fields> containers) throws MalformedException {
    boolean named = containers.stream().anyMatch(container -> container.has(GPU));
    ImmutableSet.Builder<Integer> each = ImmutableSet.builder();
    long members = 0;
    for (Fields container : containers) {
      int gpus = named ? (container.has(GPU) ? container.count(GPU) : 0) : 1;
      if (gpus > 0) {
        each.add(gpus);
        members += container.has("count") ? Math.max(1, container.count("count")) : 1;
      }
    }
    ImmutableSet<Integer> different = each.build();
    if (different.size() > 1) {
      throw new MalformedException(
          "job %s has containers of %s GPUs but all must have equally many"
              .formatted(id, Joiner.on(" and ").join(different)));
    }
    if (different.isEmpty() || members > Shape.GPUS_MAX) {
      throw new MalformedException("job %s has %s containers with GPUs".formatted(id, members));
    }
    return Shape.ofParts((int) members, different.iterator().next());
  }

  private static long durationMs(Fields container) throws MalformedException {
    for (String name : List.of("container.duration.ms", "duration.ms")) {
      if (container.has(name)) {
        return container.ms(name);
      }
    }
    return container.ms("container.end.ms") - container.ms("container.start.ms");
  }
}
