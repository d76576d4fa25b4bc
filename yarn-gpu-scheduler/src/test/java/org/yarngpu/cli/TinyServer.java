package org.yarngpu.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.yarngpu.testing.Eventually;

/**
 * What a replica runs in tests: answers {@code /work} after a while, {@code /health} at once, and
 * {@code /exit} never; {@code /release} tells the variable of that name. Ends at once when it is
 * told to, whatever it is doing.
 */
final class TinyServer {
  private static final long WORK_MS = 300;
  private static final int EXIT_CODE = 7;

  private TinyServer() {}

  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(System.getenv("PORT"));
    AtomicInteger served = new AtomicInteger();
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.setExecutor(Executors.newFixedThreadPool(4));
    server.createContext("/health", exchange -> answer(exchange, "ok"));
    server.createContext(
        "/work",
        exchange -> {
          Eventually.pause(WORK_MS);
          served.incrementAndGet();
          answer(exchange, System.getenv("REPLICA"));
        });
    server.createContext(
        "/metrics", exchange -> answer(exchange, "http_requests_total " + served + "\n"));
    server.createContext(
        "/release", exchange -> answer(exchange, String.valueOf(System.getenv("RELEASE"))));
    server.createContext("/exit", exchange -> Runtime.getRuntime().halt(EXIT_CODE));
    server.start();
  }

  private static void answer(HttpExchange exchange, String text) throws IOException {
    try (exchange) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }
}
