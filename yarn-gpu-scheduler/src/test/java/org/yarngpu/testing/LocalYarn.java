package org.yarngpu.testing;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.UserGroupInformation;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.NodeLabel;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.server.MiniYARNCluster;
import org.apache.hadoop.yarn.server.api.records.NodeHealthStatus;
import org.apache.hadoop.yarn.server.api.records.NodeStatus;
import org.apache.hadoop.yarn.server.nodemanager.NodeManager;
import org.apache.hadoop.yarn.server.nodemanager.containermanager.container.ContainerState;
import org.apache.hadoop.yarn.server.resourcemanager.ResourceManager;
import org.apache.hadoop.yarn.server.resourcemanager.nodelabels.RMNodeLabelsManager;
import org.apache.hadoop.yarn.server.resourcemanager.recovery.FileSystemRMStateStore;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeEvent;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeStatusEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerApplication;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerApplicationAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerNode;
import org.apache.hadoop.yarn.util.resource.DominantResourceCalculator;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.yarngpu.job.DeviceTag;

/**
 * A YARN cluster in the test's own JVM: a ResourceManager and NodeManagers that claim GPUs. All
 * nodes are the host localhost, so a node's name includes its port.
 */
public final class LocalYarn implements AutoCloseable {
  public static final String GPU_SCHEDULER = "org.yarngpu.rm.GpuScheduler";
  public static final String STOCK_SCHEDULER = CapacityScheduler.class.getName();
  public static final String GPU = "yarn.io/gpu";

  private static final String CS = "yarn.scheduler.capacity.";
  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final ImmutableSet<YarnApplicationState> ENDED =
      ImmutableSet.of(
          YarnApplicationState.FINISHED, YarnApplicationState.FAILED, YarnApplicationState.KILLED);

  private final MiniYARNCluster cluster;
  private final Configuration conf;
  private final int nodeCount;
  private final ConcurrentMap<String, YarnClient> clients = new ConcurrentHashMap<>();

  private LocalYarn(MiniYARNCluster cluster, Configuration conf, int nodeCount) {
    this.cluster = cluster;
    this.conf = conf;
    this.nodeCount = nodeCount;
  }

  /** A cluster of equal nodes, with two queues root.a and root.b of 50 % each, up to 100 %. */
  public static Builder of(int nodes, int gpusPerNode) {
    return new Builder(nodes, gpusPerNode);
  }

  /** What the cluster is to be. */
  public static final class Builder {
    private final int nodes;
    private final Map<String, String> properties = new TreeMap<>();

    private Builder(int nodes, int gpusPerNode) {
      this.nodes = nodes;
      properties.put("yarn.resource-types", GPU);
      properties.put("yarn.nodemanager.resource-type." + GPU, Integer.toString(gpusPerNode));
      properties.put(YarnConfiguration.YARN_MINICLUSTER_NM_PMEM_MB, "65536");
      properties.put(YarnConfiguration.NM_VCORES, "64");
      properties.put(YarnConfiguration.NM_VMEM_CHECK_ENABLED, "false");
      properties.put(
          "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "99.9");
      properties.put(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, "16");
      properties.put(YarnConfiguration.RM_SCHEDULER_MAXIMUM_ALLOCATION_MB, "65536");
      properties.put(YarnConfiguration.RM_SCHEDULER_MAXIMUM_ALLOCATION_VCORES, "64");
      properties.put(YarnConfiguration.RM_SCHEDULER_INCLUDE_PORT_IN_NODE_NAME, "true");
      properties.put(YarnConfiguration.RM_NM_HEARTBEAT_INTERVAL_MS, "100");
      properties.put(YarnConfiguration.RESOURCEMANAGER_CONNECT_RETRY_INTERVAL_MS, "200");
      properties.put(YarnConfiguration.RESOURCEMANAGER_CONNECT_MAX_WAIT_MS, "60000");
      properties.put("yarn.client.application-client-protocol.poll-interval-ms", "10");
      properties.put("yarn.scheduler.gpu.admit.settle-ms", "0");
      // -Dscheduler=<class> shows which laws another scheduler breaks.
      scheduler(System.getProperty("scheduler", GPU_SCHEDULER));
      queue("a", 50, 100);
      queue("b", 50, 100);
      properties.put(CS + "root.queues", "a,b");
      properties.put(CS + "resource-calculator", DominantResourceCalculator.class.getName());
      properties.put(CS + "maximum-am-resource-percent", "1.0");
    }

    private void queue(String name, int percent, int percentMax) {
      properties.put(CS + "root." + name + ".capacity", Integer.toString(percent));
      properties.put(CS + "root." + name + ".maximum-capacity", Integer.toString(percentMax));
      properties.put(CS + "root." + name + ".user-limit-factor", "100");
    }

    /** The scheduler, by class name. */
    public Builder scheduler(String className) {
      return with(YarnConfiguration.RM_SCHEDULER, className);
    }

    /** Any property; those of queues may be given without their prefix, as {@code root.a.…}. */
    public Builder with(String key, String value) {
      properties.put(key.startsWith("root.") ? CS + key : key, value);
      return this;
    }

    /** One thread proposes and commits, as YARN 3.4 ships it; 3.5 is asynchronous. */
    public Builder synchronous() {
      return with(CS + "schedule-asynchronously.enable", "false");
    }

    /** Several threads propose, one commits. */
    public Builder asynchronous() {
      return with(CS + "schedule-asynchronously.enable", "true")
          .with(CS + "schedule-asynchronously.maximum-threads", "2")
          .with(CS + "schedule-asynchronously.scheduling-interval-ms", "5");
    }

    /** Lets {@link #restartResourceManager} keep running work; state is kept in the folder. */
    public Builder restartable(Path folder) {
      for (String address :
          ImmutableList.of(
              YarnConfiguration.RM_ADDRESS,
              YarnConfiguration.RM_SCHEDULER_ADDRESS,
              YarnConfiguration.RM_ADMIN_ADDRESS,
              YarnConfiguration.RM_RESOURCE_TRACKER_ADDRESS,
              YarnConfiguration.RM_WEBAPP_ADDRESS)) {
        with(address, "localhost:" + freePort());
      }
      return with(YarnConfiguration.YARN_MINICLUSTER_USE_RPC, "true")
          .with(YarnConfiguration.YARN_MINICLUSTER_FIXED_PORTS, "true")
          .with(YarnConfiguration.RECOVERY_ENABLED, "true")
          .with(YarnConfiguration.RM_WORK_PRESERVING_RECOVERY_ENABLED, "true")
          .with(YarnConfiguration.RM_WORK_PRESERVING_RECOVERY_SCHEDULING_WAIT_MS, "2000")
          .with(YarnConfiguration.RM_STORE, FileSystemRMStateStore.class.getName())
          .with(YarnConfiguration.FS_RM_STATE_STORE_URI, folder.toUri().toString());
    }

    /** Node labels, kept in the folder. */
    public Builder labels(Path folder) {
      return with(YarnConfiguration.NODE_LABELS_ENABLED, "true")
          .with(YarnConfiguration.FS_NODE_LABELS_STORE_ROOT_DIR, folder.toUri().toString());
    }

    /** Starts the cluster and waits for all its nodes. */
    public LocalYarn start() {
      YarnConfiguration conf = new YarnConfiguration();
      properties.forEach(conf::set);
      ResourceUtils.resetResourceTypes(conf);
      // Without NodeManager pages: Guice's one pipeline would give theirs for the RM's.
      MiniYARNCluster cluster = new MiniYARNCluster("local-yarn", nodes, 1, 1, false);
      try {
        cluster.init(conf);
        cluster.start();
      } catch (RuntimeException e) {
        cluster.stop();
        throw e;
      }
      LocalYarn yarn = new LocalYarn(cluster, cluster.getConfig(), nodes);
      yarn.awaitNodes(nodes);
      return yarn;
    }

    private static int freePort() {
      try (ServerSocket socket = new ServerSocket(0)) {
        return socket.getLocalPort();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  public Configuration conf() {
    return conf;
  }

  public ResourceManager rm() {
    return cluster.getResourceManager();
  }

  public CapacityScheduler scheduler() {
    return (CapacityScheduler) rm().getResourceScheduler();
  }

  /** The client of whoever runs the test. */
  public YarnClient yarnClient() {
    return clients.computeIfAbsent("", user -> newClient());
  }

  /** The client of a user. */
  public YarnClient yarnClient(String user) {
    return clients.computeIfAbsent(
        user,
        name -> {
          try {
            return UserGroupInformation.createRemoteUser(name)
                .doAs((PrivilegedExceptionAction<YarnClient>) this::newClient);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  private YarnClient newClient() {
    YarnClient client = YarnClient.createYarnClient();
    client.init(new YarnConfiguration(conf));
    client.start();
    return client;
  }

  public ApplicationReport report(ApplicationId id) {
    try {
      return yarnClient().getApplicationReport(id);
    } catch (YarnException | IOException e) {
      throw new AssertionError(e);
    }
  }

  /** What users see of a waiting or ended application. */
  public String diagnostics(ApplicationId id) {
    String text = report(id).getDiagnostics();
    return text == null ? "" : text;
  }

  public boolean hasEnded(ApplicationId id) {
    return ENDED.contains(report(id).getYarnApplicationState());
  }

  /** The node ids, in order. */
  public List<NodeId> nodes() {
    return scheduler().getNodeTracker().getAllNodes().stream()
        .map(FiCaSchedulerNode::getNodeID)
        .sorted()
        .toList();
  }

  public void awaitNodes(int count) {
    Eventually.await(
        START_LIMIT,
        () -> count + " nodes, but there are " + nodes(),
        () -> nodes().size() == count && scheduler().getNumClusterNodes() == count);
  }

  /**
   * The ResourceManager loses the node and its containers; its NodeManager comes back by itself.
   */
  public void expire(NodeId node) {
    fire(new RMNodeEvent(node, RMNodeEventType.EXPIRE));
    Eventually.await(
        START_LIMIT,
        () -> node + " is lost",
        () ->
            rm().getRMContext().getInactiveRMNodes().containsKey(node)
                || rm().getRMContext().getRMNodes().containsKey(node));
  }

  /** Ends the NodeManager of a node for good. */
  public void stopNode(NodeId node) {
    nodeManager(node).stop();
    fire(new RMNodeEvent(node, RMNodeEventType.EXPIRE));
  }

  /**
   * Waits until no container runs on a node, so that none writes where a test wants to clean up.
   */
  public void awaitIdleNodes() {
    Eventually.await(
        Duration.ofSeconds(30),
        () -> "no container runs",
        () ->
            nodes().stream()
                .flatMap(node -> nodeManager(node).getNMContext().getContainers().values().stream())
                .allMatch(container -> container.getContainerState() == ContainerState.DONE));
  }

  /** The ResourceManager gets a report of the container's node in which it is missing, once. */
  public void reportWithout(Container missing) {
    List<ContainerStatus> others =
        nodeManager(missing.getNodeId()).getNMContext().getContainers().values().stream()
            .filter(container -> !container.getContainerId().equals(missing.getId()))
            .map(container -> container.cloneAndGetContainerStatus())
            .toList();
    fire(
        new RMNodeStatusEvent(
            missing.getNodeId(),
            NodeStatus.newInstance(
                missing.getNodeId(),
                0,
                others,
                List.of(),
                NodeHealthStatus.newInstance(true, "", System.currentTimeMillis()),
                null,
                null,
                List.of())));
  }

  public NodeManager nodeManager(NodeId node) {
    for (int i = 0; ; i++) {
      if (cluster.getNodeManager(i).getNMContext().getNodeId().equals(node)) {
        return cluster.getNodeManager(i);
      }
    }
  }

  // The dispatcher's handler has no type parameter.
  @SuppressWarnings({"unchecked", "rawtypes"})
  private void fire(RMNodeEvent event) {
    ((org.apache.hadoop.yarn.event.EventHandler)
            rm().getRMContext().getDispatcher().getEventHandler())
        .handle(event);
  }

  public void restartResourceManager() {
    try {
      cluster.restartResourceManager(0);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Gives a partition to nodes; exclusive, and known to the queues that name it. */
  public void label(String label, NodeId... labelled) {
    RMNodeLabelsManager labels = rm().getRMContext().getNodeLabelManager();
    try {
      labels.addToCluserNodeLabels(ImmutableList.of(NodeLabel.newInstance(label, true)));
      ImmutableMap.Builder<NodeId, Set<String>> byNode = ImmutableMap.builder();
      for (NodeId node : labelled) {
        byNode.put(node, ImmutableSet.of(label));
      }
      labels.replaceLabelsOnNode(byNode.build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    for (NodeId node : labelled) {
      Eventually.await(
          START_LIMIT,
          () -> node + " has label " + label,
          () -> scheduler().getNode(node).getPartition().equals(label));
    }
  }

  /** As {@code yarn rmadmin -refreshQueues}, with changed properties. */
  public void refreshQueues(Map<String, String> changes) throws IOException {
    Configuration changed = new YarnConfiguration(conf);
    changes.forEach((key, value) -> changed.set(key.startsWith("root.") ? CS + key : key, value));
    scheduler().reinitialize(changed, rm().getRMContext());
    changes.forEach((key, value) -> conf.set(key.startsWith("root.") ? CS + key : key, value));
  }

  public Books books() {
    CapacityScheduler scheduler = scheduler();
    ImmutableMap.Builder<String, Books.NodeUse> nodes = ImmutableMap.builder();
    ImmutableList.Builder<String> devicesTwice = ImmutableList.builder();
    for (FiCaSchedulerNode node : scheduler.getNodeTracker().getAllNodes()) {
      Resource free = node.getUnallocatedResource();
      nodes.put(
          node.getNodeID().toString(),
          new Books.NodeUse(
              gpus(node.getAllocatedResource()),
              gpus(free),
              free.getMemorySize(),
              free.getVirtualCores()));
      Set<Integer> seen = new HashSet<>();
      for (RMContainer container : node.getCopiedListOfRunningContainers()) {
        Set<String> tags = container.getAllocationTags();
        for (int device : DeviceTag.indexes(tags == null ? ImmutableSet.of() : tags)) {
          if (!seen.add(device)) {
            devicesTwice.add("device %d of %s is held twice".formatted(device, node.getNodeID()));
          }
        }
      }
    }
    ImmutableMap.Builder<String, Integer> queues = ImmutableMap.builder();
    for (CSQueue queue : scheduler.getCapacitySchedulerQueueManager().getQueues().values()) {
      if (queue.getChildQueues() == null || queue.getChildQueues().isEmpty()) {
        queues.put(queue.getQueuePath(), usedGpus(queue));
      }
    }
    ImmutableMap.Builder<String, Books.AppUse> applications = ImmutableMap.builder();
    for (Map.Entry<ApplicationId, ? extends SchedulerApplication<?>> entry :
        scheduler.getSchedulerApplications().entrySet()) {
      SchedulerApplicationAttempt attempt = entry.getValue().getCurrentAppAttempt();
      if (attempt != null) {
        List<RMContainer> live = new ArrayList<>(attempt.getLiveContainers());
        // On nobody's account.
        live.removeIf(c -> c.getExecutionType() == ExecutionType.OPPORTUNISTIC);
        applications.put(
            entry.getKey().toString(),
            new Books.AppUse(
                live.size(),
                live.stream().mapToInt(c -> gpus(c.getAllocatedResource())).sum(),
                gpus(attempt.getAppAttemptResourceUsage().getPending())));
      }
    }
    return new Books(
        nodes.build(),
        queues.build(),
        usedGpus(scheduler.getRootQueue()),
        applications.build(),
        devicesTwice.build());
  }

  /**
   * Asserts that the sums by node, by queue and by application agree; a change on its way is given
   * time to arrive in all of them.
   */
  public void assertBooksAreExact() {
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "the books agree; " + books().faults() + " in " + books(),
        () -> books().faults().isEmpty());
  }

  /** Kills what still runs and asserts that nothing is left in the books. */
  public void endAll() {
    try {
      for (ApplicationReport app : yarnClient().getApplications()) {
        if (!ENDED.contains(app.getYarnApplicationState())) {
          rmClientKill(app.getApplicationId());
        }
      }
    } catch (YarnException | IOException e) {
      throw new AssertionError(e);
    }
    Eventually.await(
        Duration.ofSeconds(20),
        () -> "nothing is held and all is exact; " + books().faults() + " in " + books(),
        () -> {
          Books books = books();
          return books.faults().isEmpty()
              && books.usedGpus() == 0
              && books.applications().isEmpty();
        });
  }

  private void rmClientKill(ApplicationId id) throws YarnException, IOException {
    yarnClient().killApplication(id);
  }

  public static int gpus(Resource resource) {
    return Math.toIntExact(resource.getResourceValue(GPU));
  }

  private int usedGpus(CSQueue queue) {
    int used = gpus(queue.getQueueResourceUsage().getUsed());
    for (String label : rm().getRMContext().getNodeLabelManager().getClusterNodeLabelNames()) {
      used += gpus(queue.getQueueResourceUsage().getUsed(label));
    }
    return used;
  }

  @Override
  public void close() {
    clients.values().forEach(YarnClient::stop);
    // In this order, since the cluster itself waits 5 s for application masters that were killed.
    // NodeManagers take long over their end, so all at once.
    IntStream.range(0, nodeCount).parallel().forEach(i -> cluster.getNodeManager(i).stop());
    cluster.stopResourceManager(0);
    cluster.stop();
  }
}
