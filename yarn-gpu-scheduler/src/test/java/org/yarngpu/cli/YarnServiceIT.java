package org.yarngpu.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.registry.client.api.RegistryConstants;
import org.apache.hadoop.registry.server.services.MicroZookeeperService;
import org.apache.hadoop.registry.server.services.MicroZookeeperServiceKeys;
import org.apache.hadoop.yarn.client.api.AppAdminClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.server.nodemanager.NodeManager;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.yarngpu.client.GpuJobClient;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;

/**
 * The scale command and a service of YARN's own, with its real client, pages and application master
 * and a ZooKeeper, on two nodes with one and two GPUs.
 */
class YarnServiceIT {

  private static final Duration LIMIT = Duration.ofMinutes(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String SMALL = "127.0.0.2";
  private static final String LARGE = "127.0.0.3";

  private static final String SPEC =
      """
      {
        "name": "chat", "version": "1", "queue": "a",
        "configuration": {"properties": {"yarn.service.readiness-check-interval.seconds": "1"}},
        "components": [{
          "name": "server", "number_of_containers": 1, "launch_command": "exec sleep 600",
          "resource": {"cpus": 1, "memory": "64",
            "additional": {"yarn.io/gpu": {"value": 1, "unit": ""}}}
        }]
      }
      """;

  private static final List<NodeManager> nodes = new ArrayList<>();
  private static Path scratch = Path.of("");
  private static MicroZookeeperService zookeeper = new MicroZookeeperService("zookeeper");
  private static LocalYarn yarn;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private Map<String, String> lastSeen = Map.of();
  private volatile double load;

  @BeforeAll
  static void startCluster() throws IOException {
    // No @TempDir: what a node is still ending writes while that is deleted, and fails it.
    Path directory = Files.createTempDirectory(Path.of("target"), "services").toAbsolutePath();
    scratch = directory;
    Configuration own = new Configuration(false);
    own.set(MicroZookeeperServiceKeys.KEY_ZKSERVICE_DIR, directory.resolve("zk").toString());
    zookeeper.init(own);
    zookeeper.start();
    yarn =
        LocalYarn.of(0, 0)
            .restartable(Files.createDirectory(directory.resolve("state")))
            .with(YarnConfiguration.RM_SCHEDULER_INCLUDE_PORT_IN_NODE_NAME, "false")
            .with("yarn.webapp.api-service.enable", "true")
            .with("yarn.service.base.path", directory.resolve("services").toUri().toString())
            .with("yarn.service.am-resource.memory", "256")
            .with("hadoop.http.staticuser.user", System.getProperty("user.name"))
            .with(RegistryConstants.KEY_REGISTRY_ZK_QUORUM, zookeeper.getConnectionString())
            .start();
    tellServices(directory);
    startNode(SMALL, 1);
    startNode(LARGE, 2);
    yarn.awaitNodes(2);
  }

  /** The pages of services and their application master read the configuration of a class path. */
  private static void tellServices(Path directory) throws IOException {
    String resource = "yarn-service-it-site.xml";
    Path folder = Files.createDirectory(directory.resolve("conf"));
    for (Path file :
        ImmutableList.of(
            folder.resolve("yarn-site.xml"), Path.of("target/test-classes", resource))) {
      try (OutputStream to = Files.newOutputStream(file)) {
        yarn.conf().writeXml(to);
      }
    }
    Configuration.addDefaultResource(resource);
    System.setProperty("java.class.path", folder + ":" + System.getProperty("java.class.path"));
  }

  private static void startNode(String host, int gpus) throws IOException {
    YarnConfiguration conf = new YarnConfiguration(yarn.conf());
    for (String address :
        ImmutableList.of(
            YarnConfiguration.NM_ADDRESS,
            YarnConfiguration.NM_LOCALIZER_ADDRESS,
            YarnConfiguration.NM_WEBAPP_ADDRESS,
            YarnConfiguration.NM_COLLECTOR_SERVICE_ADDRESS)) {
      conf.set(address, host + ":0");
    }
    Path folder = Files.createDirectory(scratch.resolve(host));
    conf.set(YarnConfiguration.NM_LOCAL_DIRS, folder.resolve("local").toString());
    conf.set(YarnConfiguration.NM_LOG_DIRS, folder.resolve("logs").toString());
    conf.set("yarn.nodemanager.resource-type." + LocalYarn.GPU, Integer.toString(gpus));
    conf.set(YarnConfiguration.NM_PMEM_MB, "4096");
    // A node that ends waits for these.
    conf.set(YarnConfiguration.NM_LOG_RETAIN_SECONDS, "0");
    conf.set(YarnConfiguration.NM_PROCESS_KILL_WAIT_MS, "500");
    ResourceUtils.resetNodeResources();
    NodeManager node = new NodeManager();
    node.init(conf);
    // Guice's one pipeline would give its pages for the ResourceManager's.
    node.disableWebServer();
    node.start();
    nodes.add(node);
  }

  @AfterAll
  static void stopCluster() {
    nodes.forEach(NodeManager::stop);
    yarn.close();
    zookeeper.stop();
  }

  @Test
  void aServiceOfYarnsOwnFollowsItsLoadAndGivesTheWholeNodeBack() throws Exception {
    AppAdminClient admin =
        AppAdminClient.createAppAdminClient(AppAdminClient.DEFAULT_TYPE, yarn.conf());
    Path spec = Files.writeString(scratch.resolve("chat.json"), SPEC);
    assertThat(admin.actionLaunch(spec.toString(), "chat", null, null)).isZero();
    await("server-0 is alone on the small node", admin, Map.of("server-0", SMALL));
    Path file = scratch.resolve("load.json");
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      load = 6;
      write(file);
      pool.execute(() -> writeOnAndOn(file));
      pool.execute(
          () ->
              run(
                  "scale --yarn-service chat --component server --min 1 --max 3 --slo-ms 5000"
                      + " --service-rate 2 --shrink-after 10s --every 1s --metrics-file "
                      + file));
      await(
          "three instances on all GPUs",
          admin,
          Map.of("server-0", SMALL, "server-1", LARGE, "server-2", LARGE));
      load = 0.5;
      await(
          "the one of the node that is free then is gone",
          admin,
          Map.of("server-1", LARGE, "server-2", LARGE));
      await("one instance is left", admin, Map.of("server-1", LARGE));
      // An instance may be gone before the command that asked for it has its answer, and says so.
      Eventually.await(
          LIMIT,
          () -> "the last step is told; so far " + out,
          () -> out.toString().contains("; decommissions server-2 on " + LARGE + "\n"));
      assertThat(out.toString())
          .contains("grows from 1 to 3: ")
          .contains("; decommissions server-0 on " + SMALL + "\n");
      assertThat(err.toString()).isEmpty();
    } finally {
      pool.shutdownNow();
      admin.actionStop("chat");
    }
  }

  @Test
  void aServiceThatIsNotThereIsOneLine() {
    assertThat(
            run(
                "scale --yarn-service none --component server --max 3 --slo-ms 5000 --metrics /m"
                    + " --port 80"))
        .isEqualTo(1);
    assertThat(err.toString())
        .startsWith("There is no service none of yours. Maybe yarn app -list")
        .hasLineCount(1);
  }

  private void await(String what, AppAdminClient admin, Map<String, String> instances) {
    Eventually.await(
        LIMIT,
        () -> "%s; but there are %s, and scale said: %s%s".formatted(what, lastSeen, out, err),
        () -> {
          lastSeen = instances(admin);
          return lastSeen.equals(instances);
        });
  }

  /** The instances that serve and their nodes; none while the status cannot be told. */
  private static Map<String, String> instances(AppAdminClient admin)
      throws IOException, YarnException {
    Map<String, String> instances = new TreeMap<>();
    for (JsonNode one : status(admin).path("components").path(0).path("containers")) {
      if (one.path("state").asText().equals("READY")) {
        instances.put(one.path("component_instance_name").asText(), one.path("bare_host").asText());
      }
    }
    return instances;
  }

  private static JsonNode status(AppAdminClient admin) throws IOException, YarnException {
    try {
      return JSON.readTree(admin.getStatusString("chat"));
    } catch (JsonProcessingException rewritten) {
      return JSON.createObjectNode();
    }
  }

  private void writeOnAndOn(Path file) {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        write(file);
        Thread.sleep(1000);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Path file) throws IOException {
    Path next = file.resolveSibling("next.json");
    Files.writeString(next, "{\"requests_per_second\": %s}".formatted(load));
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private int run(String words) {
    return Main.run(
        () -> new GpuJobClient(yarn.conf(), Path.of("unused.jar")),
        new PrintWriter(out, true),
        new PrintWriter(err, true),
        Splitter.on(' ').splitToList(words).toArray(String[]::new));
  }
}
