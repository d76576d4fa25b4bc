package org.yarngpu.appmaster.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.PathNotFoundException;
import org.apache.hadoop.registry.client.api.RegistryConstants;
import org.apache.hadoop.registry.client.impl.RegistryOperationsClient;
import org.apache.hadoop.registry.client.types.ServiceRecord;
import org.apache.hadoop.registry.server.services.MicroZookeeperService;
import org.apache.hadoop.registry.server.services.MicroZookeeperServiceKeys;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.testing.Eventually;

/** Entries in a real ZooKeeper. */
class RegistryEntryIT {

  private static final String APPLICATION = "application_1_0001";
  private static final String PATH = "/users/alice/services/gpu-serve/chat";
  private static final Duration LIMIT = Duration.ofMinutes(1);

  private final Configuration own = new Configuration(false);
  private final Configuration conf = new Configuration();
  private final RegistryOperationsClient reader = new RegistryOperationsClient("test");
  private final List<String> news = new ArrayList<>();
  private MicroZookeeperService zookeeper = new MicroZookeeperService("zookeeper");

  @BeforeEach
  void startZookeeper(@TempDir Path directory) {
    own.set(MicroZookeeperServiceKeys.KEY_ZKSERVICE_DIR, directory.toString());
    zookeeper.init(own);
    zookeeper.start();
    conf.set(RegistryConstants.KEY_REGISTRY_ZK_QUORUM, zookeeper.getConnectionString());
    conf.setInt(RegistryConstants.KEY_REGISTRY_ZK_SESSION_TIMEOUT, 6000);
    conf.setInt(RegistryConstants.KEY_REGISTRY_ZK_CONNECTION_TIMEOUT, 2000);
    reader.init(conf);
    reader.start();
  }

  @AfterEach
  void stopZookeeper() {
    reader.stop();
    zookeeper.stop();
  }

  @Test
  void tellsThoseThatServeAndEndsWithItsMaster() {
    try (RegistryEntry entry = entry(APPLICATION)) {
      entry.show(List.of(replica(2), replica(1)));
      entry.start();
      await(entry, "two in order", "n1:20001", "n2:20002");
      assertThat(news).containsExactly("the registry has the endpoints at " + PATH);
      entry.show(List.of(replica(2)));
      await(entry, "one", "n2:20002");
      entry.show(List.of());
      await(entry, "none, but an entry");
    }
    awaitNoEntry();
  }

  @Test
  void theNextAttemptOfAMasterTakesItsPlace() throws IOException {
    RegistryEntry lost = entry(APPLICATION);
    lost.show(List.of(replica(1)));
    lost.start();
    await(lost, "the first", "n1:20001");
    try (RegistryEntry next = entry(APPLICATION)) {
      next.show(List.of(replica(2)));
      next.start();
      await(next, "the next", "n2:20002");
      lost.close();
      assertThat(addresses()).containsExactly("n2:20002");
      next.show(List.of(replica(3)));
      await(next, "still the next", "n3:20003");
    }
    awaitNoEntry();
  }

  @Test
  void anotherServiceOfTheNameIsLeftAsItIs() {
    RegistryEntry first = entry(APPLICATION);
    first.show(List.of(replica(1)));
    first.start();
    await(first, "the first", "n1:20001");
    news.clear();
    try (RegistryEntry second = entry("application_1_0002")) {
      second.show(List.of(replica(2)));
      second.start();
      awaitNews(
          second,
          PATH + " is the entry of application_1_0001. Maybe give this service another name.");
      first.close();
      await(second, "the second", "n2:20002");
    }
  }

  @Test
  void aRegistryThatIsDownIsSaidAndTriedAgain(@TempDir Path directory) {
    try (RegistryEntry entry = entry(APPLICATION)) {
      entry.show(List.of(replica(1)));
      entry.start();
      await(entry, "the one", "n1:20001");
      int port = zookeeper.getConnectionAddress().getPort();
      zookeeper.stop();
      awaitNews(entry, "the registry does not have the endpoints: ");
      news.clear();
      // Without what it knew: sessions and entries are lost.
      own.set(MicroZookeeperServiceKeys.KEY_ZKSERVICE_DIR, directory.resolve("anew").toString());
      own.setInt(MicroZookeeperServiceKeys.KEY_ZKSERVICE_PORT, port);
      zookeeper = new MicroZookeeperService("zookeeper");
      zookeeper.init(own);
      zookeeper.start();
      await(entry, "the one again", "n1:20001");
      awaitNews(entry, "the registry has the endpoints at " + PATH);
    }
  }

  private RegistryEntry entry(String application) {
    return new RegistryEntry(application, "alice", "chat", conf);
  }

  private static Replica replica(int number) {
    ContainerId id =
        ContainerId.newContainerId(
            ApplicationAttemptId.newInstance(ApplicationId.newInstance(1, 1), 1), number);
    return new Replica(
        id, number, 1, "n" + number, 20_000 + number, 1, Replica.State.READY, 0, 0, false);
  }

  private void await(RegistryEntry entry, String what, String... addresses) {
    Eventually.await(
        LIMIT,
        () -> what + " in the registry; but " + news,
        () -> {
          entry.drainNewsTo(news::add);
          return addresses().equals(List.of(addresses));
        });
    entry.drainNewsTo(news::add);
  }

  private void awaitNews(RegistryEntry entry, String words) {
    Eventually.await(
        LIMIT,
        () -> words + "; but " + news,
        () -> {
          entry.drainNewsTo(news::add);
          return news.stream().anyMatch(line -> line.contains(words));
        });
  }

  private void awaitNoEntry() {
    Eventually.await(LIMIT, () -> "no entry", () -> !reader.exists(PATH));
  }

  private List<String> addresses() throws IOException {
    try {
      ServiceRecord record = reader.resolve(PATH);
      assertThat(record.get("yarn:id")).startsWith("application_1_");
      return record.getExternalEndpoint("replicas").addresses.stream()
          .map(address -> address.get("host") + ":" + address.get("port"))
          .toList();
    } catch (PathNotFoundException none) {
      return List.of("no entry");
    }
  }
}
