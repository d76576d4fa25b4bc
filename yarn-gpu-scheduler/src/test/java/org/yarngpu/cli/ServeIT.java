package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.PathNotFoundException;
import org.apache.hadoop.hdfs.HdfsConfiguration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.registry.client.api.RegistryConstants;
import org.apache.hadoop.registry.client.api.RegistryOperations;
import org.apache.hadoop.registry.client.impl.RegistryOperationsClient;
import org.apache.hadoop.registry.client.types.ServiceRecord;
import org.apache.hadoop.registry.server.services.MicroZookeeperService;
import org.apache.hadoop.registry.server.services.MicroZookeeperServiceKeys;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.apache.hadoop.yarn.webapp.util.WebAppUtils;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.testing.Eventually;

/** The serve command against real daemons: one node with eight GPUs. */
class ServeIT {

  private static final String SCHEDULER = "org.yarngpu.rm.GpuScheduler";
  private static final String CAPACITY = "yarn.scheduler.capacity.";
  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final MiniYARNCluster cluster = new MiniYARNCluster("ServeIT", 1, 1, 1, 1);
  private static Path scratch = Path.of("");

  /** The default file system, as a real cluster has it. */
  private static @Nullable MiniDFSCluster files;

  private static final MicroZookeeperService zookeeper = new MicroZookeeperService("zookeeper");
  private static final RegistryOperations registry = new RegistryOperationsClient("test");
  private static YarnClient yarn = YarnClient.createYarnClient();

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private volatile String lastAnswer = "none";
  private final HttpClient http =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

  @BeforeAll
  static void startCluster(@TempDir Path directory) throws IOException {
    scratch = directory;
    files =
        new MiniDFSCluster.Builder(new HdfsConfiguration(), directory.resolve("hdfs").toFile())
            .build();
    Configuration own = new Configuration(false);
    own.set(MicroZookeeperServiceKeys.KEY_ZKSERVICE_DIR, directory.resolve("zk").toString());
    zookeeper.init(own);
    zookeeper.start();
    Configuration conf = configuration();
    conf.set(RegistryConstants.KEY_REGISTRY_ZK_QUORUM, zookeeper.getConnectionString());
    conf.set(CommonConfigurationKeysPublic.FS_DEFAULT_NAME_KEY, files.getURI().toString());
    ResourceUtils.resetResourceTypes(conf);
    cluster.init(conf);
    cluster.start();
    registry.init(conf);
    registry.start();
    yarn.init(cluster.getConfig());
    yarn.start();
  }

  @AfterAll
  static void stopCluster() {
    registry.stop();
    yarn.stop();
    cluster.stop();
    zookeeper.stop();
    if (files != null) {
      files.shutdown();
    }
  }

  @Test
  void aServiceFollowsItsLoadAndLosesNoRequest() throws Exception {
    try (LoadWriter load = new LoadWriter(scratch.resolve("load.json"))) {
      ApplicationId service =
          serve(
              "--name tiny --min 2 --max 4 --slo-ms 5000 --service-rate 2 --memory 256m"
                  + " --health /health --drain 15s --shrink-after 10s --registry --metrics-file "
                  + load.file.toUri()
                  + " -- "
                  + server());
      awaitReady(service, 2);
      assertThat(get(page(service, "nginx-upstream"))).contains("upstream tiny {", "    server ");
      assertThat(get(page(service, ""))).contains("2 of 2 replicas are ready");

      String victim = endpoints(service).get(0);
      assertThatThrownBy(() -> get("http://" + victim + "/exit")).isInstanceOf(IOException.class);
      await("another one in place of " + victim, () -> numbers(service).equals(List.of(2, 3)));

      try (Customers customers = new Customers(service)) {
        load.waiting = 300;
        awaitReady(service, 4);
        await("four in the registry", () -> registered().equals(endpoints(service)));
        load.waiting = 0;
        awaitReady(service, 2);
        await("no replica that drains", () -> told(service).get("replicas").size() == 2);
        assertThat(customers.failed).isEmpty();
        assertThat(customers.served.get()).isGreaterThan(20);
      }

      List<String> last = endpoints(service);
      yarn.killApplication(service);
      await("all replicas ended", () -> last.stream().noneMatch(this::answers));
      await("no entry in the registry", () -> registered().isEmpty());
    }
  }

  /** The endpoints of the service tiny that the registry has; none without an entry. */
  private static List<String> registered() throws IOException {
    try {
      ServiceRecord record =
          registry.resolve(
              "/users/%s/services/gpu-serve/tiny".formatted(System.getProperty("user.name")));
      return record.getExternalEndpoint("replicas").addresses.stream()
          .map(address -> address.get("host") + ":" + address.get("port"))
          .toList();
    } catch (PathNotFoundException none) {
      return List.of();
    }
  }

  @Test
  void aServiceWithoutRequestsHasNoReplicaUntilSomebodyWakesIt() throws Exception {
    ApplicationId service =
        serve(
            "--name sleepy --min 0 --max 2 --slo-ms 5000 --service-rate 2 --memory 256m"
                + " --health /health --metrics /metrics --drain 1s --shrink-after 10s -- "
                + server());
    awaitReady(service, 1);
    await("no replica", () -> told(service).path("replicas").isEmpty());
    assertThat(told(service).path("wanted").intValue()).isZero();
    assertThat(status(page(service, "wake"))).isEqualTo(503);
    await("a replica for who woke it", () -> status(page(service, "wake")) == 200);
    assertThat(get("http://" + endpoints(service).get(0) + "/work")).isEqualTo("2");
    yarn.killApplication(service);
  }

  @Test
  void aReleaseIsRolledOutWithoutALostRequestAndOneThatFailsGoesBack() throws Exception {
    ApplicationId service =
        serve(
            "--name rolled --min 2 --max 2 --slo-ms 5000 --memory 256m --health /health"
                + " --drain 15s --env RELEASE=one -- "
                + server());
    awaitReady(service, 2);
    assertThat(releases(service)).containsExactly("one", "one");
    try (Customers customers = new Customers(service)) {
      assertThat(run("rollout " + service + " --env RELEASE=two -- " + server())).isZero();
      assertThat(out.toString()).contains("release 2 of " + service + " is to be rolled out");
      await(
          "two replicas of release 2 and no other",
          () ->
              told(service).path("replicas").size() == 2
                  && endpoints(service).size() == 2
                  && told(service).findValuesAsText("release").equals(List.of("2", "2", "2")));
      assertThat(releases(service)).containsExactly("two", "two");
      assertThat(get(page(service, ""))).contains("release 2 begins", "release 2 runs everywhere");

      assertThat(run("rollout " + service + " --file /no/such -- false")).isEqualTo(2);
      assertThat(err.toString()).contains("The file /no/such does not exist.");
      assertThat(run("rollout " + service + " -- false")).isZero();
      await(
          "release 3 is given up",
          () -> get(page(service, "")).contains("release 3 is given up after 3 failures: "));
      assertThat(get(page(service, ""))).contains("; back to release 2");
      assertThat(releases(service)).containsExactly("two", "two");
      assertThat(told(service).path("release").intValue()).isEqualTo(2);
      assertThat(customers.failed).isEmpty();
      assertThat(customers.served.get()).isGreaterThan(20);
    }
    FileSystem hdfs = FileSystem.get(cluster.getConfig());
    hdfs.create(
            new org.apache.hadoop.fs.Path(
                hdfs.getHomeDirectory(), ".yarn-gpu/" + service + "/release-4.json.part"))
        .close();
    assertThat(run("rollout " + service + " -- true")).isEqualTo(2);
    assertThat(err.toString()).contains("Another rollout of " + service + " came first");
    yarn.killApplication(service);
    assertThat(run("rollout " + service + " -- true")).isEqualTo(2);
    assertThat(err.toString()).contains(service + " has ended: it is KILLED.");
    assertThat(run("rollout application_1_0001 -- true")).isEqualTo(2);
    assertThat(err.toString())
        .contains("The ResourceManager does not know application_1_0001. Maybe it ended long ago.");
  }

  /** What the replicas that serve tell of their release. */
  private List<String> releases(ApplicationId service) throws Exception {
    List<String> releases = new ArrayList<>();
    for (String endpoint : endpoints(service)) {
      releases.add(get("http://" + endpoint + "/release"));
    }
    return releases;
  }

  private int status(String url) throws IOException, InterruptedException {
    return http.send(request(url), HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  @Test
  void aServiceWhoseReplicasFailGivesUpAndSaysWhy() throws Exception {
    ApplicationId service =
        serve("--name bad --slo-ms 1000 --memory 128m -- bash -c no-such-model");
    await(
        "the service has failed",
        () ->
            yarn.getApplicationReport(service).getYarnApplicationState()
                == YarnApplicationState.FINISHED);
    assertThat(yarn.getApplicationReport(service).getDiagnostics())
        .contains("EXIT_CODE=1: 5 replicas in a row did not come to serve; replica 5 at ")
        .contains("ended with exit code 127")
        .contains("no-such-model: command not found");
  }

  private ApplicationId serve(String flags) {
    assertThat(run("serve --detach " + flags)).as("%s%s", out, err).isZero();
    return ApplicationId.fromString(Splitter.on(' ').splitToList(out.toString()).get(0));
  }

  private int run(String words) {
    return Main.run(
        () -> new GpuJobClient(cluster.getConfig(), toolsJar()),
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        Splitter.on(' ').splitToList(words).toArray(String[]::new));
  }

  private static String server() {
    return "%s/bin/java -Xmx32m -XX:+UseSerialGC -cp %s org.yarngpu.cli.TinyServer"
        .formatted(
            System.getProperty("java.home"), Path.of("target/test-classes").toAbsolutePath());
  }

  private void awaitReady(ApplicationId service, int count) {
    await(count + " replicas serve", () -> endpoints(service).size() == count);
  }

  private void await(String what, Eventually.Question question) {
    Eventually.await(LIMIT, () -> what + "; the last answer was " + lastAnswer, question);
  }

  private List<String> endpoints(ApplicationId service) throws Exception {
    List<String> addresses = new ArrayList<>();
    told(service).path("endpoints").forEach(address -> addresses.add(address.textValue()));
    return addresses;
  }

  private List<Integer> numbers(ApplicationId service) throws Exception {
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode replica : told(service).path("replicas")) {
      if (replica.get("state").textValue().equals("READY")) {
        numbers.add(replica.get("number").intValue());
      }
    }
    return numbers;
  }

  /** What the application master tells, through the ResourceManager's proxy; empty before. */
  private JsonNode told(ApplicationId service) throws Exception {
    try {
      return JSON.readTree(get(page(service, "endpoints")));
    } catch (IOException notYet) {
      return JSON.createObjectNode();
    }
  }

  private static String page(ApplicationId service, String name) {
    String resourceManager = WebAppUtils.getRMWebAppURLWithScheme(cluster.getConfig());
    return "%s/proxy/%s/%s".formatted(resourceManager, service, name);
  }

  private String get(String url) throws IOException, InterruptedException {
    HttpResponse<String> answer = http.send(request(url), HttpResponse.BodyHandlers.ofString());
    lastAnswer = url + ": " + answer.statusCode() + " " + answer.body();
    return answer.body();
  }

  private boolean answers(String endpoint) {
    try {
      get("http://" + endpoint + "/health");
      return true;
    } catch (IOException gone) {
      return false;
    } catch (InterruptedException end) {
      throw new AssertionError(end);
    }
  }

  private static HttpRequest request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(20)).build();
  }

  /** Send a request to each endpoint, again and again, and note the ones that were not answered. */
  private final class Customers implements AutoCloseable {
    private final ExecutorService pool = Executors.newSingleThreadExecutor();
    private final ApplicationId service;
    private final List<String> failed = new CopyOnWriteArrayList<>();
    private final AtomicInteger served = new AtomicInteger();

    private Customers(ApplicationId service) {
      this.service = service;
      pool.execute(this::askOnAndOn);
    }

    private void askOnAndOn() {
      while (!pool.isShutdown()) {
        ask();
        Eventually.pause(100);
      }
    }

    private void ask() {
      try {
        List<String> list = endpoints(service);
        list.parallelStream().forEach(this::work);
        served.addAndGet(list.size());
      } catch (Exception failure) {
        failed.add(failure.toString());
      }
    }

    private void work(String endpoint) {
      try {
        HttpResponse<String> answer =
            http.send(
                request("http://" + endpoint + "/work"), HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
          failed.add(endpoint + ": " + answer.statusCode());
        }
      } catch (IOException | InterruptedException failure) {
        failed.add(endpoint + ": " + failure);
      }
    }

    @Override
    public void close() {
      pool.shutdown();
    }
  }

  /** Writes a small load and how many requests wait once a second, each time whole. */
  private static final class LoadWriter implements AutoCloseable {
    private final ExecutorService pool = Executors.newSingleThreadExecutor();
    private final Path file;
    private volatile int waiting;

    private LoadWriter(Path file) throws IOException {
      this.file = file;
      write();
      pool.execute(this::writeOnAndOn);
    }

    private void writeOnAndOn() {
      try {
        while (!pool.isShutdown()) {
          Eventually.pause(1000);
          write();
        }
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    private void write() throws IOException {
      Path next = file.resolveSibling("next.json");
      Files.writeString(next, "{\"requests_per_second\": 0.5, \"waiting\": %s}".formatted(waiting));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void close() {
      pool.shutdown();
    }
  }

  /** What the build has packed, as a user would have it. */
  private static Path toolsJar() {
    try (Stream<Path> files = Files.list(Path.of("target"))) {
      return files
          .filter(file -> file.getFileName().toString().endsWith("-tools.jar"))
          .findFirst()
          .orElseThrow();
    } catch (IOException failure) {
      throw new AssertionError("the tools jar must be built before", failure);
    }
  }

  private static Configuration configuration() {
    Configuration conf = new YarnConfiguration();
    conf.set(YarnConfiguration.RM_SCHEDULER, SCHEDULER);
    conf.set(YarnConfiguration.RESOURCE_TYPES, "yarn.io/gpu");
    conf.set("yarn.nodemanager.resource-type.yarn.io/gpu", "8");
    conf.set("yarn.nodemanager.resource.cpu-vcores", "16");
    conf.set("yarn.minicluster.yarn.nodemanager.resource.memory-mb", "8192");
    conf.set("yarn.scheduler.minimum-allocation-mb", "64");
    conf.set("yarn.nodemanager.vmem-check-enabled", "false");
    conf.set(
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99.9");
    conf.set(YarnConfiguration.YARN_APPLICATION_CLASSPATH, System.getProperty("java.class.path"));
    conf.set(
        CAPACITY + "resource-calculator",
        "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator");
    conf.set(CAPACITY + "root.queues", "default");
    conf.set(CAPACITY + "root.default.capacity", "100");
    conf.set(CAPACITY + "maximum-am-resource-percent", "0.5");
    return conf;
  }
}
