package org.yarngpu.scale.source;

import com.google.common.collect.ImmutableMap;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Reads the metrics of all replicas at a time. One that is slow, dead, or answers with anything but
 * metrics has none this time.
 */
public final class Scraper {

  private static final int BYTES_MAX = 4 << 20;
  private static final int OK = 200;

  private final Duration limit;
  private final HttpClient http;

  /**
   * A scraper that gives up on what takes too long.
   *
   * @param limit of one round
   */
  public Scraper(Duration limit) {
    this.limit = limit;
    this.http =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(limit).build();
  }

  /** Returns the metrics of those that gave them in time, by the name that they were given. */
  public ImmutableMap<String, ReplicaMetrics> round(Map<String, URI> replicas)
      throws InterruptedException {
    Map<String, CompletableFuture<Optional<ReplicaMetrics>>> answers = new HashMap<>();
    replicas.forEach((name, place) -> answers.put(name, ask(place)));
    long deadlineNanos = System.nanoTime() + limit.toNanos();
    ImmutableMap.Builder<String, ReplicaMetrics> metrics = ImmutableMap.builder();
    for (Map.Entry<String, CompletableFuture<Optional<ReplicaMetrics>>> answer :
        answers.entrySet()) {
      within(answer.getValue(), deadlineNanos - System.nanoTime())
          .ifPresent(found -> metrics.put(answer.getKey(), found));
    }
    return metrics.build();
  }

  private static Optional<ReplicaMetrics> within(
      CompletableFuture<Optional<ReplicaMetrics>> answer, long nanos) throws InterruptedException {
    try {
      return answer.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException slow) {
      answer.cancel(true);
      return Optional.empty();
    } catch (ExecutionException dead) {
      return Optional.empty();
    }
  }

  private CompletableFuture<Optional<ReplicaMetrics>> ask(URI place) {
    HttpRequest request = HttpRequest.newBuilder(place).timeout(limit).GET().build();
    return http.sendAsync(request, Scraper::subscriber)
        .thenApply(HttpResponse::body)
        .thenApply(text -> text.flatMap(body -> ReplicaMetrics.of(PrometheusText.parse(body))));
  }

  private static BodySubscriber<Optional<String>> subscriber(HttpResponse.ResponseInfo answer) {
    Body body = new Body();
    return BodySubscribers.mapping(
        BodySubscribers.ofByteArrayConsumer(body),
        unused -> answer.statusCode() == OK ? body.text() : Optional.empty());
  }

  /** What was received, unless it is too much to be metrics. */
  private static final class Body implements Consumer<Optional<byte[]>> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private boolean tooLong;

    @Override
    public void accept(Optional<byte[]> part) {
      tooLong = tooLong || bytes.size() + part.map(more -> more.length).orElse(0) > BYTES_MAX;
      if (!tooLong) {
        part.ifPresent(bytes::writeBytes);
      }
    }

    Optional<String> text() {
      return tooLong ? Optional.empty() : Optional.of(bytes.toString(StandardCharsets.UTF_8));
    }
  }
}
