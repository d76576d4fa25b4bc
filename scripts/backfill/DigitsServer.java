import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Answers which digit an image shows, with the network that {@link AllReduceSgd} trained.
 *
 * <p>Each answer is computed; the GPU is pretended: a request is worked at for a fixed time, and
 * only so many at once, the others wait in the order in which they came.
 *
 * <pre>java -cp digits.jar DigitsServer --weights FILE --service-ms 200 --concurrency 2</pre>
 *
 * <p>Listens at PORT: {@code POST /predict} takes 64 numbers in [0, 1] with commas between them,
 * {@code /health} and {@code /metrics} (Prometheus text) are for who watches.
 */
public final class DigitsServer {
  /** More than ever come at once: who waits, waits for the pretended GPU. */
  private static final int THREADS = 200;

  private static final double[] BOUNDS_SECONDS = {0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10};

  private final Network network;
  private final int serviceMs;
  private final Semaphore gpu;
  private final AtomicInteger inFlight = new AtomicInteger();

  private final long[] buckets = new long[BOUNDS_SECONDS.length + 1];
  private double secondsSum;
  private long answered;

  private DigitsServer(Network network, int serviceMs, int concurrency) {
    this.network = network;
    this.serviceMs = serviceMs;
    this.gpu = new Semaphore(concurrency, true);
  }

  public static void main(String[] args) throws IOException {
    Options options = Options.of(args, "--weights", "--service-ms", "--concurrency");
    DigitsServer digits =
        new DigitsServer(
            Network.read(Path.of(options.get("--weights"))),
            options.number("--service-ms"),
            options.number("--concurrency"));
    int port = Integer.parseInt(System.getenv("PORT"));
    HttpServer server = HttpServer.create(new InetSocketAddress(port), THREADS);
    server.setExecutor(Executors.newFixedThreadPool(THREADS));
    server.createContext("/health", exchange -> answer(exchange, 200, "ok\n"));
    server.createContext("/metrics", exchange -> answer(exchange, 200, digits.metrics()));
    server.createContext("/predict", digits::predict);
    server.start();
  }

  private void predict(HttpExchange exchange) throws IOException {
    long beganNanos = System.nanoTime();
    inFlight.incrementAndGet();
    try {
      double[] pixels =
          pixels(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII));
      answer(exchange, 200, "{\"digit\":" + workAt(pixels) + "}\n");
      note((System.nanoTime() - beganNanos) / 1e9);
    } catch (IllegalArgumentException e) {
      answer(exchange, 400, e.getMessage() + "\n");
    } finally {
      inFlight.decrementAndGet();
    }
  }

  private int workAt(double[] pixels) {
    gpu.acquireUninterruptibly();
    try {
      Thread.sleep(serviceMs);
      return network.digit(pixels);
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts a request", e);
    } finally {
      gpu.release();
    }
  }

  private static double[] pixels(String text) {
    String[] cells = text.strip().split(",");
    if (cells.length != Network.INPUTS) {
      throw new IllegalArgumentException(
          "an image has " + Network.INPUTS + " numbers and not " + cells.length);
    }
    double[] pixels = new double[cells.length];
    for (int i = 0; i < cells.length; i++) {
      pixels[i] = Double.parseDouble(cells[i]);
    }
    return pixels;
  }

  private synchronized void note(double seconds) {
    int bucket = 0;
    while (bucket < BOUNDS_SECONDS.length && seconds > BOUNDS_SECONDS[bucket]) {
      bucket++;
    }
    buckets[bucket]++;
    secondsSum += seconds;
    answered++;
  }

  private synchronized String metrics() {
    StringBuilder text = new StringBuilder();
    text.append("http_requests_total ").append(answered).append('\n');
    text.append("http_requests_in_flight ").append(inFlight).append('\n');
    long below = 0;
    for (int i = 0; i < buckets.length; i++) {
      below += buckets[i];
      String bound = i < BOUNDS_SECONDS.length ? Double.toString(BOUNDS_SECONDS[i]) : "+Inf";
      text.append("http_request_duration_seconds_bucket{le=\"%s\"} %d\n".formatted(bound, below));
    }
    text.append(String.format(Locale.ROOT, "http_request_duration_seconds_sum %.6f\n", secondsSum));
    return text.append("http_request_duration_seconds_count ")
        .append(below)
        .append('\n')
        .toString();
  }

  private static void answer(HttpExchange exchange, int code, String text) throws IOException {
    try (exchange) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      exchange.sendResponseHeaders(code, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
