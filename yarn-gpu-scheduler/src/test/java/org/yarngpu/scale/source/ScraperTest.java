package org.yarngpu.scale.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScraperTest {

  private final ExecutorService pool = Executors.newCachedThreadPool();
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer server;

  ScraperTest() throws IOException {
    this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
  }

  @BeforeEach
  void serve() {
    server.setExecutor(pool);
    page("/good", 200, "http_requests_total 5\n");
    page("/gone", 404, "http_requests_total 5\n");
    page("/rubbish", 200, "<html>Welcome</html>");
    page("/endless", 200, "http_requests_total 5\n# " + "x".repeat(5 << 20) + "\n");
    server.createContext(
        "/slow",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, 0);
            exchange
                .getResponseBody()
                .write("http_requests_total 5\n".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            over.await();
          } catch (InterruptedException end) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
    pool.shutdownNow();
  }

  @Test
  void whoDoesNotGiveMetricsInTimeHasNone() throws InterruptedException {
    Scraper scraper = new Scraper(Duration.ofSeconds(3));
    assertThat(
            scraper.round(
                Map.of(
                    "good", place("/good"),
                    "gone", place("/gone"),
                    "rubbish", place("/rubbish"),
                    "endless", place("/endless"),
                    "slow", place("/slow"),
                    "dead", URI.create("http://127.0.0.1:1/metrics"))))
        .containsOnlyKeys("good");
  }

  private void page(String path, int code, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(code, bytes.length);
            exchange.getResponseBody().write(bytes);
          }
        });
  }

  private URI place(String path) {
    return URI.create("http://127.0.0.1:%s%s".formatted(server.getAddress().getPort(), path));
  }
}
