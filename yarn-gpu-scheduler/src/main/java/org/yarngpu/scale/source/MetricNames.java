package org.yarngpu.scale.source;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * What a server calls its numbers. Samples of one name are added up over all their labels.
 *
 * @param server whose names these are
 * @param served counters of answered requests
 * @param running gauges of requests that are worked at
 * @param waiting gauges of requests that wait
 * @param latency histogram of response times: {@code _bucket}, {@code _sum} and {@code _count}; or
 *     a counter of all response times together
 * @param unitsPerSecond of the latency, positive
 */
public record MetricNames(
    String server,
    ImmutableList<String> served,
    ImmutableList<String> running,
    ImmutableList<String> waiting,
    String latency,
    double unitsPerSecond) {

  private static final double MICROSECONDS = 1e6;

  /**
   * The servers that are known, by their documentation: vLLM "Production Metrics", Triton
   * "Metrics", TensorFlow Serving's monitoring (names as its Prometheus page prints them, times in
   * microseconds); and names that are usual for HTTP servers.
   */
  public static final ImmutableList<MetricNames> KNOWN =
      ImmutableList.of(
          new MetricNames(
              "vLLM",
              ImmutableList.of("vllm:request_success_total"),
              ImmutableList.of("vllm:num_requests_running"),
              ImmutableList.of("vllm:num_requests_waiting"),
              "vllm:e2e_request_latency_seconds",
              1),
          new MetricNames(
              "Triton",
              ImmutableList.of("nv_inference_request_success", "nv_inference_request_failure"),
              ImmutableList.of(),
              ImmutableList.of("nv_inference_pending_request_count"),
              "nv_inference_request_duration_us",
              MICROSECONDS),
          new MetricNames(
              "TensorFlow Serving",
              ImmutableList.of(":tensorflow:serving:request_count"),
              ImmutableList.of(),
              ImmutableList.of(),
              ":tensorflow:serving:request_latency",
              MICROSECONDS),
          new MetricNames(
              "HTTP",
              ImmutableList.of("http_requests_total"),
              ImmutableList.of("http_requests_in_flight"),
              ImmutableList.of(),
              "http_request_duration_seconds",
              1));

  /** The servers' names, for messages. */
  public static List<String> servers() {
    return KNOWN.stream().map(MetricNames::server).toList();
  }
}
