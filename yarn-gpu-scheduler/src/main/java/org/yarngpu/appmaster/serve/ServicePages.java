package org.yarngpu.appmaster.serve;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.html.HtmlEscapers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.yarngpu.job.LoadOrigin;
import org.yarngpu.scale.Reading;
import org.yarngpu.scale.source.LoadJson;

/**
 * The service's pages: {@code /} for people, {@code /endpoints} as JSON for programs, {@code
 * /nginx-upstream} for nginx. They only tell, but for two: at {@code /wake} a request is to come,
 * and a service that went to sleep shall have a replica for it; at {@code /load} somebody says how
 * much there is to do.
 */
final class ServicePages implements AutoCloseable {

  private static final int OK = 200;
  private static final int TAKEN = 204;
  private static final int NO_LOAD = 400;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int NOT_YET = 503;
  private static final int THREADS = 4;
  private static final int LOAD_BYTES_MAX = 10_000;
  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String HTML = "text/html; charset=utf-8";
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpServer server;
  private final ExecutorService pool =
      Executors.newFixedThreadPool(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "pages");
            thread.setDaemon(true);
            return thread;
          });
  private final String host;
  private volatile ServiceView view;
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Queue<Reading> loads = new ConcurrentLinkedQueue<>();

  /**
   * Opens the pages at any free port.
   *
   * @param host name of this node, as others know it
   * @param first what is told until there is news
   * @param loadIsPushed whether there is a page for it
   */
  ServicePages(String host, ServiceView first, boolean loadIsPushed) throws IOException {
    this.host = host;
    this.view = first;
    this.server = HttpServer.create(new InetSocketAddress(host, 0), 0);
    server.setExecutor(pool);
    page("/", HTML, ServicePages::html);
    page("/endpoints", JSON, ServicePages::json);
    page("/nginx-upstream", TEXT, ServicePages::upstream);
    server.createContext(
        "/wake",
        exchange -> {
          try (exchange) {
            woken.set(true);
            wake(exchange, view);
          }
        });
    if (loadIsPushed) {
      server.createContext(
          LoadOrigin.PUSHED.place(),
          exchange -> {
            try (exchange) {
              takeLoad(exchange);
            }
          });
    }
    server.start();
  }

  private void takeLoad(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestMethod().equals("POST") && !exchange.getRequestMethod().equals("PUT")) {
      answer(exchange, METHOD_NOT_ALLOWED, TEXT, "POST a load to this page.\n");
      return;
    }
    byte[] body = exchange.getRequestBody().readNBytes(LOAD_BYTES_MAX);
    Optional<Reading> load =
        LoadJson.parse(
            new String(body, StandardCharsets.UTF_8),
            System.currentTimeMillis(),
            view.endpoints().size());
    if (load.isEmpty()) {
      answer(
          exchange,
          NO_LOAD,
          TEXT,
          "This tells no load. Maybe send {\"requests_per_second\": 12.5}; no number is below 0.\n");
      return;
    }
    loads.add(load.get());
    exchange.sendResponseHeaders(TAKEN, -1);
  }

  /** Hands over the loads that came since. */
  void drainLoadsTo(Consumer<Reading> reader) {
    for (Reading next = loads.poll(); next != null; next = loads.poll()) {
      reader.accept(next);
    }
  }

  String url() {
    return "http://%s:%s".formatted(host, server.getAddress().getPort());
  }

  void show(ServiceView news) {
    view = news;
  }

  @Override
  public void close() {
    server.stop(0);
    pool.shutdownNow();
  }

  private void page(String path, String type, Function<ServiceView, String> text) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            if (!exchange.getRequestURI().getPath().equals(path)) {
              answer(exchange, NOT_FOUND, TEXT, "There is no such page.\n");
            } else if (!exchange.getRequestMethod().equals("GET")) {
              answer(exchange, METHOD_NOT_ALLOWED, TEXT, "This page can only be read.\n");
            } else {
              answer(exchange, OK, type, text.apply(view));
            }
          }
        });
  }

  /** The endpoints once there are any; before that the answer is to come again in a second. */
  private static void wake(HttpExchange exchange, ServiceView view) throws IOException {
    if (view.endpoints().isEmpty()) {
      exchange.getResponseHeaders().set("Retry-After", "1");
      answer(exchange, NOT_YET, JSON, json(view));
    } else {
      answer(exchange, OK, JSON, json(view));
    }
  }

  /** Whether somebody was at {@code /wake} since this was last asked. */
  boolean tookWake() {
    return woken.getAndSet(false);
  }

  private static void answer(HttpExchange exchange, int code, String type, String text)
      throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    exchange.sendResponseHeaders(code, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  static String json(ServiceView view) {
    ObjectNode root = MAPPER.createObjectNode();
    root.put("service", view.name());
    root.put("release", view.release());
    root.put("wanted", view.wanted());
    root.put("why", view.why());
    put(root, "load_per_second", view.load());
    put(root, "service_rate_per_second", view.serviceRate());
    put(root, "p99_ms", 1000 * view.p99Seconds());
    ArrayNode endpoints = root.putArray("endpoints");
    view.endpoints().forEach(replica -> endpoints.add(address(replica)));
    ArrayNode replicas = root.putArray("replicas");
    for (Replica replica : view.replicas()) {
      ObjectNode node = replicas.addObject();
      node.put("number", replica.number());
      node.put("release", replica.release());
      node.put("container", replica.id().toString());
      node.put("address", address(replica));
      node.put("state", replica.state().name());
      node.put("since_ms", replica.sinceMs());
    }
    return root + "\n";
  }

  private static void put(ObjectNode root, String name, double value) {
    if (Double.isFinite(value)) {
      root.put(name, value);
    } else {
      root.putNull(name);
    }
  }

  /** Without any server nginx refuses to start, so one that is down stands for none. */
  static String upstream(ServiceView view) {
    StringBuilder text = new StringBuilder();
    text.append("upstream %s {\n".formatted(view.name().replaceAll("[^A-Za-z0-9_.-]", "_")));
    view.endpoints()
        .forEach(replica -> text.append("    server %s;\n".formatted(address(replica))));
    if (view.endpoints().isEmpty()) {
      text.append("    server 127.0.0.1:9 down;\n");
    }
    return text.append("}\n").toString();
  }

  static String html(ServiceView view) {
    StringBuilder rows = new StringBuilder();
    for (Replica replica : view.replicas()) {
      rows.append(
          "<tr><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n"
              .formatted(
                  replica.number(),
                  replica.release(),
                  escaped(address(replica)),
                  replica.state(),
                  escaped(replica.id().toString())));
    }
    StringBuilder decisions = new StringBuilder();
    view.decisions()
        .forEach(decision -> decisions.append("<li>%s</li>\n".formatted(escaped(decision))));
    return """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5">
        <title>%1$s</title>
        <style>body { font-family: sans-serif; margin: 2em; }
        td, th { padding: 0.2em 1em 0.2em 0; text-align: left; }</style></head>
        <body><h1>%1$s</h1>
        <p>%2$s of %3$s replicas are ready; %4$s to %5$s are allowed. %6$s.</p>
        <p>Load %7$s requests/s, %8$s a replica, p99 %9$s ms.</p>
        <table>
        <tr><th>Replica</th><th>Release</th><th>Address</th><th>State</th><th>Container</th></tr>
        %10$s</table>
        <h2>Changes</h2>
        <ul>
        %11$s</ul>
        <p><a href="endpoints">endpoints</a>, <a href="nginx-upstream">nginx-upstream</a></p>
        </body></html>
        """
        .formatted(
            escaped(view.name()),
            view.endpoints().size(),
            view.wanted(),
            view.min(),
            view.max(),
            escaped(view.why()),
            number(view.load()),
            number(view.serviceRate()),
            number(1000 * view.p99Seconds()),
            rows,
            decisions);
  }

  private static String number(double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, "%.2f", value) : "unknown";
  }

  private static String address(Replica replica) {
    return replica.host() + ":" + replica.port();
  }

  private static String escaped(String text) {
    return HtmlEscapers.htmlEscaper().escape(text);
  }
}
