package org.yarngpu.sim.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;
import org.yarngpu.sim.RunResult;

class JsonReportTest {
  private static JsonNode document(RunResult... runs) throws JsonProcessingException {
    return new ObjectMapper().readTree(JsonReport.of(Comparison.of(ImmutableList.copyOf(runs))));
  }

  /** Others read these names; a change breaks them. */
  @Test
  void theNamesAndTheirOrderArePinned() throws JsonProcessingException {
    JsonNode document = document(SampleRuns.waiting("las", 7, 40));
    assertThat(document.fieldNames()).toIterable().containsExactly("runs");
    JsonNode run = document.at("/runs/0");
    assertThat(run.fieldNames())
        .toIterable()
        .containsExactly(
            "trace",
            "host",
            "policy",
            "preemption_cost_s",
            "seed",
            "jobs",
            "finished",
            "wait_s",
            "jct_s",
            "first_start_s",
            "bounded_slowdown_mean",
            "utilization",
            "idle_held_gpu_h",
            "evictions_per_job",
            "lost_gpu_h",
            "resizes_per_job",
            "held_gpu_h",
            "wall_s");
    for (String times : ImmutableList.of("wait_s", "jct_s", "first_start_s")) {
      assertThat(run.get(times).fieldNames())
          .toIterable()
          .containsExactly("mean", "p50", "p95", "p99", "p999");
    }
    assertThat(run.at("/wait_s/mean").asDouble()).isEqualTo(40);
    assertThat(run.at("/wait_s/p999").isNull()).isTrue();
    assertThat(run.get("wall_s").asDouble()).isEqualTo(1.5);
  }

  @Test
  void whatIsAbsentIsNullAndNeverNotANumber() throws JsonProcessingException {
    JsonNode document =
        document(SampleRuns.run("las", 1, SampleRuns.never(SampleRuns.job("a", "", "", 0, 1, 1))));
    assertThat(document.at("/runs/0/wait_s/mean").isNull()).isTrue();
    assertThat(document.at("/runs/0/utilization").isNull()).isTrue();
    assertThat(document.toString()).doesNotContain("NaN").doesNotContain("Infinity");
  }

  @Test
  void noRunsAreAnEmptyList() throws JsonProcessingException {
    assertThat(document().get("runs").isEmpty()).isTrue();
  }
}
