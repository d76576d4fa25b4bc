package org.yarngpu.scale.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The texts are written for this test after the servers' documentation; none was recorded. */
class ReplicaMetricsTest {

  @Test
  void vllm() {
    ReplicaMetrics metrics =
        metrics(
            """
            vllm:num_requests_running{model_name="m"} 3.0
            vllm:num_requests_waiting{model_name="m"} 2.0
            vllm:request_success_total{finished_reason="stop",model_name="m"} 40.0
            vllm:request_success_total{finished_reason="length",model_name="m"} 2.0
            vllm:e2e_request_latency_seconds_bucket{le="1.0",model_name="m"} 30.0
            vllm:e2e_request_latency_seconds_bucket{le="+Inf",model_name="m"} 42.0
            vllm:e2e_request_latency_seconds_sum{model_name="m"} 63.0
            vllm:e2e_request_latency_seconds_count{model_name="m"} 42.0
            """);
    assertThat(metrics.served()).isEqualTo(42);
    assertThat(metrics.inFlight()).isEqualTo(5);
    assertThat(metrics.latencySum()).isEqualTo(63);
    assertThat(metrics.buckets())
        .containsEntry(1.0, 30.0)
        .containsEntry(Double.POSITIVE_INFINITY, 42.0);
  }

  @Test
  void tritonCountsMicrosecondsAndFailures() {
    ReplicaMetrics metrics =
        metrics(
            """
            nv_inference_request_success{model="a",version="1"} 10
            nv_inference_request_success{model="b",version="1"} 20
            nv_inference_request_failure{model="a",version="1"} 1
            nv_inference_request_duration_us{model="a",version="1"} 3100000
            nv_inference_pending_request_count{model="a",version="1"} 4
            """);
    assertThat(metrics.served()).isEqualTo(31);
    assertThat(metrics.waiting()).isEqualTo(4);
    assertThat(metrics.inFlight()).isNaN();
    assertThat(metrics.latencySum() / metrics.latencyCount()).isCloseTo(0.1, within(1e-9));
  }

  @Test
  void tensorFlowServing() {
    ReplicaMetrics metrics =
        metrics(
            """
            :tensorflow:serving:request_count{model_name="m",status="OK"} 8
            :tensorflow:serving:request_latency_bucket{model_name="m",API="predict",le="10"} 0
            :tensorflow:serving:request_latency_bucket{model_name="m",API="predict",le="+Inf"} 8
            :tensorflow:serving:request_latency_sum{model_name="m",API="predict"} 1.6e+06
            :tensorflow:serving:request_latency_count{model_name="m",API="predict"} 8
            """);
    assertThat(metrics.served()).isEqualTo(8);
    assertThat(metrics.latencySum()).isCloseTo(1.6, within(1e-9));
    assertThat(metrics.buckets()).containsEntry(10e-6, 0.0);
    assertThat(metrics.inFlight()).isNaN();
  }

  @Test
  void anyHttpServer() {
    ReplicaMetrics metrics = metrics("http_requests_total 5\nhttp_requests_in_flight 1\n");
    assertThat(metrics.served()).isEqualTo(5);
    assertThat(metrics.inFlight()).isEqualTo(1);
    assertThat(metrics.latencySum()).isNaN();
  }

  @Test
  void whatIsNoNumberFrom0OnIsNotKnown() {
    assertThat(of("http_requests_total NaN\n")).isEmpty();
    assertThat(of("http_requests_total -1\n")).isEmpty();
    assertThat(metrics("http_requests_total 5\nhttp_requests_in_flight +Inf\n").inFlight()).isNaN();
    assertThat(of("process_cpu_seconds_total 5\n")).isEmpty();
    assertThat(of("<html>not found</html>")).isEmpty();
  }

  private static ReplicaMetrics metrics(String text) {
    return of(text).orElseThrow();
  }

  private static Optional<ReplicaMetrics> of(String text) {
    return ReplicaMetrics.of(PrometheusText.parse(text));
  }
}
