package org.yarngpu.sim.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.OptionalDouble;
import org.yarngpu.sim.report.Comparison.Row;

/**
 * {@code summary.json}: an object a run, its keys in a fixed order; null where there is no value.
 * Equal runs differ in {@code wall_s} only.
 */
public final class JsonReport {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonReport() {}

  /** The whole document, indented. */
  public static String of(Comparison comparison) {
    ObjectNode document = JSON.createObjectNode();
    ArrayNode runs = document.putArray("runs");
    for (Row row : comparison.rows()) {
      RunMetrics run = row.run();
      ObjectNode object = runs.addObject();
      object.put("trace", run.workload());
      object.put("host", run.host());
      object.put("policy", run.policy());
      object.put("preemption_cost_s", run.restartMs() / 1000.0);
      object.put("seed", run.seed());
      object.put("jobs", run.jobs());
      object.put("finished", run.finished());
      times(object.putObject("wait_s"), run.waits());
      times(object.putObject("jct_s"), run.jcts());
      times(object.putObject("first_start_s"), run.firstStarts());
      put(object, "bounded_slowdown_mean", run.boundedSlowdownMean());
      put(object, "utilization", run.utilization());
      object.put("idle_held_gpu_h", run.idleHeldGpuHours());
      object.put("evictions_per_job", run.evictionsPerJob());
      object.put("lost_gpu_h", run.lostGpuHours());
      object.put("resizes_per_job", run.resizesPerJob());
      object.put("held_gpu_h", run.heldGpuHours());
      object.put("wall_s", run.wallMs() / 1000.0);
    }
    return document.toPrettyString() + "\n";
  }

  private static void times(ObjectNode object, Optional<Distribution> times) {
    put(object, "mean", times.stream().mapToDouble(Distribution::mean).findFirst());
    put(object, "p50", times.stream().mapToDouble(Distribution::p50).findFirst());
    put(object, "p95", times.stream().mapToDouble(Distribution::p95).findFirst());
    put(object, "p99", times.stream().mapToDouble(Distribution::p99).findFirst());
    put(object, "p999", times.map(Distribution::p999).orElseGet(OptionalDouble::empty));
  }

  private static void put(ObjectNode object, String key, OptionalDouble value) {
    if (value.isEmpty()) {
      object.putNull(key);
      return;
    }
    object.put(key, value.getAsDouble());
  }
}
