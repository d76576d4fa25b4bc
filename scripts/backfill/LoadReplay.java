import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends images at the times of a Poisson process of the day's rates, whether or not the answers
 * come, each to the endpoint with the fewest of ours; where that has gone, to another one. A
 * response time counts from the moment at which the request was due.
 */
final class LoadReplay {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int TRIES_MAX = 4;
  private static final long RETRY_MS = 100;

  private final HttpClient http;
  private final DayOfLoad day;
  private final Digits digits;
  private final Random random;
  private final List<Second> seconds = new ArrayList<>();
  private final Map<String, Integer> outstanding = new HashMap<>();
  private List<String> endpoints = List.of();
  private volatile boolean ended;

  /** What became of the requests that were due in one second. */
  static final class Second {
    private final List<Double> answeredMs = new ArrayList<>();
    private int sent;
    private int errors;
    private int right;
  }

  LoadReplay(HttpClient http, DayOfLoad day, Digits digits, Random random) {
    this.http = http;
    this.day = day;
    this.digits = digits;
    this.random = random;
  }

  synchronized void endpoints(List<String> addresses) {
    endpoints = addresses;
    outstanding.keySet().retainAll(addresses);
  }

  /** No more requests are sent. */
  void end() {
    ended = true;
  }

  /** Sends until it is told to end. */
  void run() {
    long beganNanos = System.nanoTime();
    double dueSeconds = 0;
    while (!ended) {
      int second = (int) dueSeconds;
      dueSeconds -= Math.log(1 - random.nextDouble()) / Math.max(0.1, day.rate(second));
      long dueNanos = beganNanos + (long) (dueSeconds * 1e9);
      for (long left = dueNanos - System.nanoTime(); left > 0 && !ended; ) {
        LockSupport.parkNanos(Math.min(left, 100_000_000));
        left = dueNanos - System.nanoTime();
      }
      if (!ended) {
        send(second((int) dueSeconds), random.nextInt(digits.testCount()), dueNanos, Set.of());
      }
    }
  }

  private synchronized Second second(int at) {
    while (seconds.size() <= at) {
      seconds.add(new Second());
    }
    return seconds.get(at);
  }

  private void send(Second second, int row, long dueNanos, Set<String> tried) {
    String address = fewest(tried);
    if (tried.isEmpty()) {
      synchronized (this) {
        second.sent++;
      }
    }
    if (address.isEmpty()) {
      failed(second);
      return;
    }
    http.sendAsync(request(address, row), HttpResponse.BodyHandlers.ofString())
        .whenComplete(
            (answer, failure) -> {
              done(address);
              if (failure == null && answer.statusCode() == 200) {
                answered(second, row, answer.body(), (System.nanoTime() - dueNanos) / 1e6);
              } else if (tried.size() + 1 < TRIES_MAX) {
                LockSupport.parkNanos(RETRY_MS * 1_000_000);
                Set<String> more = new TreeSet<>(tried);
                more.add(address);
                send(second, row, dueNanos, more);
              } else {
                failed(second);
              }
            });
  }

  private HttpRequest request(String address, int row) {
    StringBuilder image = new StringBuilder();
    for (double pixel : digits.testPixels(row)) {
      image.append(image.length() == 0 ? "" : ",").append(pixel);
    }
    return HttpRequest.newBuilder(URI.create("http://" + address + "/predict"))
        .timeout(TIMEOUT)
        .POST(HttpRequest.BodyPublishers.ofString(image.toString()))
        .build();
  }

  /** One that was tried only if there is no other; empty without any. */
  private synchronized String fewest(Set<String> tried) {
    String best =
        endpoints.stream()
            .min(
                Comparator.comparing((String address) -> tried.contains(address))
                    .thenComparing(address -> outstanding.getOrDefault(address, 0)))
            .orElse("");
    outstanding.merge(best, 1, Integer::sum);
    return best;
  }

  private synchronized void done(String address) {
    outstanding.computeIfPresent(address, (name, count) -> count - 1);
  }

  private synchronized void answered(Second second, int row, String body, double ms) {
    second.answeredMs.add(ms);
    second.right += body.contains("\"digit\":" + digits.testLabel(row) + "}") ? 1 : 0;
  }

  private synchronized void failed(Second second) {
    second.errors++;
  }

  /** Requests that have neither an answer nor an error yet. */
  synchronized int open() {
    return seconds.stream()
        .mapToInt(second -> second.sent - second.errors - second.answeredMs.size())
        .sum();
  }

  /**
   * What became of the requests of some seconds.
   *
   * @param p50Ms NaN without any answer
   * @param slow answers that took longer than the objective
   * @param right answers that told the digit right
   */
  record Summary(int answered, int errors, int slow, int right, double p50Ms, double p99Ms) {}

  /** Of the seconds from one up to another. */
  synchronized Summary summary(int from, int to, int sloMs) {
    List<Second> of = seconds.subList(Math.min(from, seconds.size()), Math.min(to, seconds.size()));
    double[] ms =
        of.stream()
            .flatMap(second -> second.answeredMs.stream())
            .mapToDouble(value -> value)
            .sorted()
            .toArray();
    return new Summary(
        ms.length,
        of.stream().mapToInt(second -> second.errors).sum(),
        (int) Arrays.stream(ms).filter(value -> value > sloMs).count(),
        of.stream().mapToInt(second -> second.right).sum(),
        quantile(ms, 0.5),
        quantile(ms, 0.99));
  }

  private static double quantile(double[] sorted, double share) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[(int) Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  }

  synchronized int seconds() {
    return seconds.size();
  }
}
