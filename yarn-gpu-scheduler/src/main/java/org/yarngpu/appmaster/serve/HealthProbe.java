package org.yarngpu.appmaster.serve;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.util.HashSet;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import org.apache.hadoop.yarn.api.records.ContainerId;

/** Asks replicas whether they serve, several at a time; one that is slow holds up no other. */
final class HealthProbe implements AutoCloseable {

  private static final int THREADS = 8;
  private static final int TIMEOUT_MS = 2000;
  private static final int GOOD_MIN = 200;
  private static final int GOOD_MAX = 399;

  private final Optional<String> path;
  private final ExecutorService pool =
      Executors.newFixedThreadPool(
          THREADS,
          work -> {
            Thread thread = new Thread(work, "health-probe");
            thread.setDaemon(true);
            return thread;
          });
  private final Queue<Result> results = new ConcurrentLinkedQueue<>();
  private final Set<ContainerId> asked = new HashSet<>();

  private record Result(ContainerId id, boolean healthy) {}

  /**
   * Probes by HTTP, or by TCP.
   *
   * @param path that answers 2xx or 3xx when a replica serves; empty: its port is open
   */
  HealthProbe(Optional<String> path) {
    this.path = path;
  }

  /** Asks a replica, unless its last answer is still to come. */
  void ask(Replica replica) {
    if (asked.add(replica.id())) {
      pool.execute(() -> results.add(new Result(replica.id(), isHealthy(replica))));
    }
  }

  /** Hands over the answers that have come. */
  void drainTo(BiConsumer<ContainerId, Boolean> answers) {
    for (Result result = results.poll(); result != null; result = results.poll()) {
      asked.remove(result.id);
      answers.accept(result.id, result.healthy);
    }
  }

  private boolean isHealthy(Replica replica) {
    try {
      return path.isPresent()
          ? answers(url(replica, path.get()))
          : isOpen(replica.host(), replica.port());
    } catch (IOException dead) {
      return false;
    }
  }

  private static URL url(Replica replica, String path) throws IOException {
    return URI.create("http://%s:%s%s".formatted(replica.host(), replica.port(), path)).toURL();
  }

  private static boolean answers(URL url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) url.openConnection();
    try {
      connection.setConnectTimeout(TIMEOUT_MS);
      connection.setReadTimeout(TIMEOUT_MS);
      connection.setInstanceFollowRedirects(false);
      int code = connection.getResponseCode();
      return GOOD_MIN <= code && code <= GOOD_MAX;
    } finally {
      connection.disconnect();
    }
  }

  /** Whether somebody listens there. */
  static boolean isOpen(String host, int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(host, port), TIMEOUT_MS);
      return true;
    } catch (IOException closed) {
      return false;
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
