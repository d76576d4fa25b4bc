import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from the ResourceManager and the service's own pages who holds which GPUs. */
final class ClusterWatch {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Pattern ENDPOINTS = Pattern.compile("\"endpoints\":\\[([^]]*)\\]");
  private static final Pattern STATE = Pattern.compile("\"state\":\"([A-Z]+)\"");

  private final HttpClient http;
  private final String resourceManager;
  private final String service;
  private final Map<String, Path> checkpoints;
  private List<String> endpoints = List.of();
  private Sighting latest = new Sighting(0, 0, 0, 0, 0, 0, Map.of());

  /**
   * What was seen at one moment.
   *
   * @param ready replicas that serve
   * @param coming replicas that start
   * @param leaving replicas that still hold their GPU but take no new requests
   * @param lent GPUs on loan
   * @param recalled gangs that were told to give theirs back, so far
   * @param epochs of each training, as its checkpoint has them
   */
  record Sighting(
      int wanted,
      int ready,
      int coming,
      int leaving,
      int lent,
      int recalled,
      Map<String, Integer> epochs) {}

  /**
   * Watches.
   *
   * @param resourceManager URL of its web page
   * @param service application that serves
   * @param checkpoints of the trainings, by their names
   */
  ClusterWatch(
      HttpClient http, String resourceManager, String service, Map<String, Path> checkpoints) {
    this.http = http;
    this.resourceManager = resourceManager;
    this.service = service;
    this.checkpoints = checkpoints;
  }

  /** Looks; where somebody does not answer in time, what was seen before counts for now. */
  Sighting look() throws InterruptedException {
    try {
      latest = sighting();
    } catch (IOException busy) {
      System.err.println("not seen for a second: " + busy.getMessage());
    }
    return latest;
  }

  private Sighting sighting() throws IOException, InterruptedException {
    String pages = get("/proxy/" + service + "/endpoints");
    String jmx = get("/jmx?qry=Hadoop:service=ResourceManager,name=GpuScheduler");
    endpoints = addresses(pages);
    Map<String, Integer> states = new TreeMap<>();
    Matcher state = STATE.matcher(pages);
    while (state.find()) {
      states.merge(state.group(1), 1, Integer::sum);
    }
    Map<String, Integer> epochs = new TreeMap<>();
    for (Map.Entry<String, Path> training : checkpoints.entrySet()) {
      epochs.put(training.getKey(), epochs(training.getValue()));
    }
    return new Sighting(
        number(pages, "wanted"),
        states.getOrDefault("READY", 0),
        states.getOrDefault("STARTING", 0) + states.getOrDefault("UNHEALTHY", 0),
        states.getOrDefault("DRAINING", 0) + states.getOrDefault("STOPPING", 0),
        number(jmx, "GpusLent"),
        number(jmx, "GangsNoticed"),
        epochs);
  }

  /** Those that served when it last looked, as {@code host:port}. */
  List<String> endpoints() {
    return endpoints;
  }

  /** Whether an application is known to have ended, however. */
  boolean hasEnded(String application) {
    try {
      return get("/ws/v1/cluster/apps/" + application)
          .matches("(?s).*\"finalStatus\":\"(SUCCEEDED|FAILED|KILLED)\".*");
    } catch (IOException | InterruptedException busy) {
      return false;
    }
  }

  private String get(String path) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(resourceManager + path))
            .timeout(TIMEOUT)
            .header("Accept", "application/json")
            .build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(path + " is answered with " + answer.statusCode());
    }
    return answer.body();
  }

  private static List<String> addresses(String pages) throws IOException {
    Matcher list = ENDPOINTS.matcher(pages);
    if (!list.find()) {
      throw new IOException("the service's page has no list of endpoints: " + pages);
    }
    List<String> addresses = new ArrayList<>();
    for (String address : list.group(1).split(",")) {
      if (!address.isEmpty()) {
        addresses.add(address.replace("\"", ""));
      }
    }
    return addresses;
  }

  private static int number(String json, String name) throws IOException {
    Matcher number = Pattern.compile("\"" + name + "\"\\s*:\\s*(\\d+)").matcher(json);
    if (!number.find()) {
      throw new IOException("there is no number " + name);
    }
    return Integer.parseInt(number.group(1));
  }

  /** 0 before the first checkpoint. */
  private static int epochs(Path checkpoint) throws IOException {
    return Files.exists(checkpoint)
        ? (int) Double.parseDouble(Files.readAllLines(checkpoint).get(1 + Network.PARAMETERS))
        : 0;
  }
}
