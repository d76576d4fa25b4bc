package org.yarngpu.appmaster.serve;

import static com.google.common.collect.ImmutableList.toImmutableList;
import static java.util.Comparator.comparingInt;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.PathNotFoundException;
import org.apache.hadoop.registry.client.api.RegistryConstants;
import org.apache.hadoop.registry.client.binding.RegistryPathUtils;
import org.apache.hadoop.registry.client.binding.RegistryTypeUtils;
import org.apache.hadoop.registry.client.binding.RegistryUtils;
import org.apache.hadoop.registry.client.impl.RegistryOperationsClient;
import org.apache.hadoop.registry.client.impl.zk.RegistryOperationsService;
import org.apache.hadoop.registry.client.types.AddressTypes;
import org.apache.hadoop.registry.client.types.Endpoint;
import org.apache.hadoop.registry.client.types.ProtocolTypes;
import org.apache.hadoop.registry.client.types.ServiceRecord;
import org.apache.hadoop.registry.client.types.yarn.PersistencePolicies;
import org.apache.hadoop.registry.client.types.yarn.YarnRegistryAttributes;
import org.apache.zookeeper.CreateMode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A service's endpoints in YARN's registry, written by a thread of its own, so that a registry that
 * is down holds nothing up.
 *
 * <p>No daemon of YARN removes entries of applications that have ended, so this one is of
 * ZooKeeper's kind that ends with the session of who wrote it: at once when the master ends in
 * order, after the session's timeout when it is lost. A session may also be lost in between, so the
 * entry is looked for every few seconds.
 */
final class RegistryEntry implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryEntry.class);

  /** What kind of service it is, in the entry's path. */
  private static final String SERVICE_CLASS = "gpu-serve";

  private static final String API = "replicas";
  private static final Duration PERIOD = Duration.ofMillis(500);
  private static final Duration LOOK = Duration.ofSeconds(5);

  /** What fails is tried again here, and should be known soon. */
  private static final int RETRIES = 1;

  private final String application;
  private final String path;
  private final Configuration conf;
  private final RegistryUtils.ServiceRecordMarshal marshal =
      new RegistryUtils.ServiceRecordMarshal();
  private final Queue<String> news = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::writeOnAndOn, "registry-entry");

  private volatile ImmutableList<HostAndPort> endpoints = ImmutableList.of();
  private volatile @Nullable RegistryOperationsService registry;

  private ImmutableList<HostAndPort> last = ImmutableList.of();
  private long lastNanos = System.nanoTime() - LOOK.toNanos();

  /** Whether an entry of this application is this master's, not an earlier one's. */
  private boolean isOwn;

  private String said = "";

  /**
   * Begins with nothing written.
   *
   * @param application whose entry it is
   * @param user whose application it is
   * @param service name of lower-case letters, digits and hyphens
   * @param conf tells where the registry is
   */
  RegistryEntry(String application, String user, String service, Configuration conf) {
    this.application = application;
    this.path = RegistryUtils.servicePath(user, SERVICE_CLASS, service);
    this.conf = new Configuration(conf);
    this.conf.setInt(RegistryConstants.KEY_REGISTRY_ZK_RETRY_TIMES, RETRIES);
    thread.setDaemon(true);
  }

  /** Writes from now on. */
  void start() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "registry-entry-end"));
    thread.start();
  }

  /** Says which replicas serve. */
  void show(List<Replica> serving) {
    endpoints =
        serving.stream()
            .sorted(comparingInt(Replica::number))
            .map(replica -> HostAndPort.fromParts(replica.host(), replica.port()))
            .collect(toImmutableList());
  }

  /** Hands over what became of the entry since. */
  void drainNewsTo(Consumer<String> reader) {
    for (String next = news.poll(); next != null; next = news.poll()) {
      reader.accept(next);
    }
  }

  /** The end of the session is the end of the entry. */
  @Override
  public void close() {
    thread.interrupt();
    RegistryOperationsService open = registry;
    if (open != null) {
      open.stop();
    }
  }

  private void writeOnAndOn() {
    try {
      while (true) {
        ImmutableList<HostAndPort> now = endpoints;
        if (!now.equals(last) || System.nanoTime() - lastNanos >= LOOK.toNanos()) {
          tell(tryWrite(now));
          last = now;
          lastNanos = System.nanoTime();
        }
        Thread.sleep(PERIOD.toMillis());
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns what is in the way; empty: nothing. */
  private Optional<String> tryWrite(ImmutableList<HostAndPort> now) {
    try {
      write(connected(), marshal.toBytes(record(now)));
      return Optional.empty();
    } catch (IOException | RuntimeException failure) {
      LOG.debug("{} could not be written", path, failure);
      return Optional.of(String.valueOf(failure.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private void tell(Optional<String> obstacle) {
    String words =
        obstacle
            .map(why -> "the registry does not have the endpoints: " + why)
            .orElse("the registry has the endpoints at " + path);
    if (!words.equals(said)) {
      said = words;
      news.add(words);
    }
  }

  private RegistryOperationsService connected() {
    RegistryOperationsService open = registry;
    if (open == null) {
      open = new RegistryOperationsClient("serve");
      open.init(conf);
      open.start();
      registry = open;
    }
    return open;
  }

  private void write(RegistryOperationsService open, byte[] record) throws IOException {
    Optional<String> owner = owner(open);
    if (owner.isPresent() && !owner.get().equals(application)) {
      throw new IOException(
          "%s is the entry of %s. Maybe give this service another name."
              .formatted(path, owner.get()));
    }
    if (owner.isPresent() && isOwn) {
      open.zkUpdate(path, record);
      return;
    }
    if (owner.isPresent()) {
      open.delete(path, false);
    }
    open.mknode(RegistryPathUtils.parentOf(path), true);
    open.zkCreate(path, CreateMode.EPHEMERAL, record, open.getClientAcls());
    isOwn = true;
  }

  /** The application whose entry there is. */
  private Optional<String> owner(RegistryOperationsService open) throws IOException {
    try {
      return Optional.of(open.resolve(path).get(YarnRegistryAttributes.YARN_ID, "nobody known"));
    } catch (PathNotFoundException none) {
      return Optional.empty();
    }
  }

  private ServiceRecord record(List<HostAndPort> serving) {
    ServiceRecord record = new ServiceRecord();
    record.set(YarnRegistryAttributes.YARN_ID, application);
    record.set(YarnRegistryAttributes.YARN_PERSISTENCE, PersistencePolicies.APPLICATION_ATTEMPT);
    record.addExternalEndpoint(
        new Endpoint(
            API,
            AddressTypes.ADDRESS_HOSTNAME_AND_PORT,
            ProtocolTypes.PROTOCOL_TCP,
            serving.stream()
                .map(at -> RegistryTypeUtils.hostnamePortPair(at.getHost(), at.getPort()))
                .toList()));
    return record;
  }
}
