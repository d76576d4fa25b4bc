package org.yarngpu.sim.workload;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.StringReader;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The history that a ResourceManager still has, by default its last 1000 applications ({@code
 * yarn.resourcemanager.max-completed-applications}); see {@link YarnHistory}.
 */
public final class RmHistory {

  private static final String APPS = "/ws/v1/cluster/apps";

  /** Pending requests are long and not needed. */
  private static final String QUERY = "?deSelects=resourceRequests";

  private static final Duration CONNECT_MAX = Duration.ofSeconds(10);
  private static final Duration ANSWER_MAX = Duration.ofMinutes(5);

  private RmHistory() {}

  /**
   * Asks a ResourceManager; a standby sends us on to the active one.
   *
   * @param address such as {@code http://rm.example.org:8088}
   * @throws TraceException if the address is none
   * @throws IOException if there is no answer, or one that is not the history; the message says
   *     what to do
   */
  public static TraceReading read(String address) throws TraceException, IOException {
    URI rm = parsed(address);
    JobCollector collector = new JobCollector();
    YarnHistory history = new YarnHistory();
    try (BufferedReader answer = new BufferedReader(new StringReader(answer(rm)))) {
      history.readAnswers(rm.toString(), answer, collector);
    }
    history.addJobs(collector);
    return collector.readingFromFirstSubmission(rm.getHost());
  }

  private static URI parsed(String address) throws TraceException {
    URI uri;
    try {
      uri = new URI(address.replaceFirst("/+$", ""));
    } catch (URISyntaxException malformed) {
      throw new TraceException(notAnAddress(address), malformed);
    }
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!web || uri.getHost() == null) {
      throw new TraceException(notAnAddress(address));
    }
    return uri.resolve(uri.getPath() + APPS + QUERY);
  }

  private static String notAnAddress(String address) {
    return "\"%s\" is no web address, such as http://rm.example.org:8088.".formatted(address);
  }

  private static String answer(URI rm) throws IOException {
    HttpResponse<String> response = response(rm);
    int status = response.statusCode();
    if (status == 401 || status == 403) {
      throw new IOException(
          ("%s wants to know who asks (status %s). Maybe save its answer and read that:%n"
                  + "  curl --negotiate -u : -o apps.json '%s'%n"
                  + "  trace import --from apps.json --out FILE")
              .formatted(rm.getAuthority(), status, rm));
    }
    if (status != 200) {
      throw new IOException("%s answered with status %s.".formatted(rm, status));
    }
    String body = response.body();
    if (!body.stripLeading().startsWith("{")) {
      throw new IOException(
          "%s did not answer with JSON. Maybe this is not the web address of a ResourceManager."
              .formatted(rm));
    }
    return body;
  }

  private static HttpResponse<String> response(URI rm) throws IOException {
    HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_MAX)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build();
    HttpRequest request =
        HttpRequest.newBuilder(rm).timeout(ANSWER_MAX).header("Accept", "application/json").build();
    try {
      return client.send(request, BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for " + rm);
    } catch (IOException failure) {
      String reason = failure.getMessage() == null ? "no connection" : failure.getMessage();
      throw new IOException(
          ("%s does not answer: %s. Maybe the address is wrong, by default it has port 8088; or save"
                  + " the answer by other means and import that: --from")
              .formatted(rm, reason),
          failure);
    }
  }
}
