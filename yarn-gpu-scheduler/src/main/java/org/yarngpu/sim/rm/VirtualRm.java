package org.yarngpu.sim.rm;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configurable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.metrics2.lib.DefaultMetricsSystem;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.conf.ConfigurationProvider;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.event.Dispatcher;
import org.apache.hadoop.yarn.event.Event;
import org.apache.hadoop.yarn.event.EventHandler;
import org.apache.hadoop.yarn.server.resourcemanager.RMContextImpl;
import org.apache.hadoop.yarn.server.resourcemanager.ahs.RMApplicationHistoryWriter;
import org.apache.hadoop.yarn.server.resourcemanager.metrics.NoOpSystemMetricPublisher;
import org.apache.hadoop.yarn.server.resourcemanager.nodelabels.RMNodeLabelsManager;
import org.apache.hadoop.yarn.server.resourcemanager.placement.PlacementManager;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.AllocationExpirationInfo;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.ContainerAllocationExpirer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.AbstractYarnScheduler;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.Allocation;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.ContainerUpdates;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.QueueMetrics;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacitySchedulerConfiguration;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacitySchedulerMetrics;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.constraint.AllocationTagsManager;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.constraint.MemoryPlacementConstraintManager;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.NodeUpdateSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.SchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.fair.FairScheduler;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.fair.FairSchedulerConfiguration;
import org.apache.hadoop.yarn.server.resourcemanager.security.NMTokenSecretManagerInRM;
import org.apache.hadoop.yarn.server.resourcemanager.security.RMContainerTokenSecretManager;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.jspecify.annotations.Nullable;
import org.yarngpu.config.Keys;
import org.yarngpu.rm.GpuScheduler;

/**
 * A ResourceManager that is its scheduler and what the scheduler needs around it. Nothing in it
 * decides: all that is ever decided is decided by the scheduler, on the caller's thread.
 */
final class VirtualRm implements AutoCloseable {
  /** So much of everything but GPUs that it never runs out. */
  static final int NODE_MEMORY_MIB = 16 << 20;

  static final int NODE_VCORES = 100_000;

  private final RMContextImpl context;
  private final AbstractYarnScheduler<?, ?> scheduler;
  private final RMContainerTokenSecretManager containerTokens;
  private final NMTokenSecretManagerInRM nodeTokens;
  private final RMNodeLabelsManager labels = new RMNodeLabelsManager();
  private final Optional<Path> fairSchedulerXml;
  private long calls;

  /** Whether somebody has come, gone or asked since fair shares were computed. */
  private boolean sharesAreStale = true;

  /**
   * Starts a scheduler.
   *
   * @param schedulerClass its name
   * @param overrides YARN properties that go before all others
   * @param listener to what the scheduler tells applications and nodes
   */
  VirtualRm(
      String schedulerClass,
      RealQueues queues,
      ImmutableMap<String, String> overrides,
      VirtualClock clock,
      EventHandler<Event<?>> listener) {
    Configuration conf = configuration();
    ResourceUtils.resetResourceTypes(conf); // first: vectors get their length at birth
    scheduler = newScheduler(schedulerClass);
    fairSchedulerXml =
        scheduler instanceof FairScheduler
            ? Optional.of(queues.writeFairSchedulerXml())
            : Optional.empty();
    fairSchedulerXml.ifPresent(
        file -> conf.set(FairSchedulerConfiguration.ALLOCATION_FILE, file.toString()));
    overrides.forEach(conf::set);
    checkArgument(
        !conf.getBoolean(YarnConfiguration.RM_SCHEDULER_ENABLE_MONITORS, false),
        "%s is true, but monitors run in threads and by the wall clock",
        YarnConfiguration.RM_SCHEDULER_ENABLE_MONITORS);
    Dispatcher dispatcher = new DirectDispatcher(listener);
    containerTokens = new RMContainerTokenSecretManager(conf);
    containerTokens.rollMasterKey();
    nodeTokens = new NMTokenSecretManagerInRM(conf);
    nodeTokens.rollMasterKey();
    context =
        new RMContextImpl(
            dispatcher,
            new NoExpirer(dispatcher),
            null,
            null,
            null,
            null,
            containerTokens,
            nodeTokens,
            null);
    context.setYarnConfiguration(conf);
    context.setConfigurationProvider(new GeneratedConfiguration(queues));
    context.setSystemMetricsPublisher(new NoOpSystemMetricPublisher());
    context.setRMApplicationHistoryWriter(new RMApplicationHistoryWriter());
    context.setAllocationTagsManager(new AllocationTagsManager(context));
    context.setPlacementConstraintManager(new MemoryPlacementConstraintManager());
    context.setQueuePlacementManager(new PlacementManager());
    labels.setRMContext(context);
    labels.init(conf);
    labels.start();
    context.setNodeLabelManager(labels);
    context.setScheduler(scheduler);
    boolean started = false;
    try {
      start(conf, clock);
      started = true;
    } finally {
      if (!started) {
        close();
      }
    }
  }

  private void start(Configuration conf, VirtualClock clock) {
    if (scheduler instanceof Configurable configurable) {
      configurable.setConf(conf);
    }
    scheduler.setRMContext(context);
    scheduler.setClock(clock);
    if (scheduler instanceof GpuScheduler gpuScheduler) {
      gpuScheduler.leaveCyclesToCaller();
    }
    scheduler.init(conf);
    scheduler.start();
    if (scheduler instanceof CapacityScheduler capacityScheduler) {
      checkArgument(
          !capacityScheduler
              .getConfiguration()
              .getBoolean(CapacitySchedulerConfiguration.SCHEDULE_ASYNCHRONOUSLY_ENABLE, false),
          "%s is true, but a run in virtual time has one thread",
          CapacitySchedulerConfiguration.SCHEDULE_ASYNCHRONOUSLY_ENABLE);
    }
  }

  private static AbstractYarnScheduler<?, ?> newScheduler(String schedulerClass) {
    try {
      return Class.forName(schedulerClass)
          .asSubclass(AbstractYarnScheduler.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw new IllegalArgumentException(
          "%s is no scheduler on the class path: it must extend AbstractYarnScheduler and have a public constructor without parameters"
              .formatted(schedulerClass),
          e);
    }
  }

  /** YARN's own defaults, no site's file, and no limit but GPUs. */
  private static Configuration configuration() {
    Configuration conf = new Configuration(false);
    conf.addResource("yarn-default.xml");
    conf.set(YarnConfiguration.RESOURCE_TYPES, ResourceInformation.GPU_URI);
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MINIMUM_ALLOCATION_MB, 1);
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MAXIMUM_ALLOCATION_MB, NODE_MEMORY_MIB);
    conf.setInt(YarnConfiguration.RM_SCHEDULER_MAXIMUM_ALLOCATION_VCORES, NODE_VCORES);
    conf.setInt(YarnConfiguration.MAX_CLUSTER_LEVEL_APPLICATION_PRIORITY, Integer.MAX_VALUE);
    conf.setBoolean(FairSchedulerConfiguration.PREEMPTION, false);
    conf.setBoolean(FairSchedulerConfiguration.ALLOW_UNDECLARED_POOLS, false);
    // No thread computes fair shares; the host lets them be computed whenever they change.
    conf.setLong(FairSchedulerConfiguration.UPDATE_INTERVAL_MS, 0);
    // All nodes are there from the first moment on.
    conf.setInt(Keys.ADMIT_SETTLE_MS.name(), 0);
    return conf;
  }

  RMContextImpl context() {
    return context;
  }

  AbstractYarnScheduler<?, ?> scheduler() {
    return scheduler;
  }

  /** Whether the scheduler's planner places members, in cycles, not the beats of nodes. */
  boolean plans() {
    return scheduler instanceof GpuScheduler;
  }

  /** How often the scheduler was called. */
  long calls() {
    return calls;
  }

  void handle(SchedulerEvent event) {
    calls++;
    sharesAreStale |= !(event instanceof NodeUpdateSchedulerEvent);
    scheduler.handle(event);
  }

  /** An application master's heartbeat. */
  Allocation allocate(
      ApplicationAttemptId attempt, List<ResourceRequest> asks, List<ContainerId> releases) {
    calls++;
    sharesAreStale |= !asks.isEmpty() || !releases.isEmpty();
    return scheduler.allocate(attempt, asks, null, releases, null, null, new ContainerUpdates());
  }

  /**
   * What a scheduler's own threads would do before the next nodes beat. Placing a container changes
   * no fair share, since an application's demand is what it has and what it asks for.
   */
  void prepareBeats() {
    if (sharesAreStale && scheduler instanceof FairScheduler fairScheduler) {
      calls++;
      sharesAreStale = false;
      fairScheduler.update();
    }
  }

  void cycle() {
    if (scheduler instanceof GpuScheduler gpuScheduler) {
      calls++;
      gpuScheduler.cycle();
    }
  }

  /**
   * Stops all threads and forgets the metrics, which Hadoop keeps in statics: another run may
   * follow.
   */
  @Override
  public void close() {
    scheduler.stop();
    labels.stop();
    containerTokens.stop();
    nodeTokens.stop();
    QueueMetrics.clearQueueMetrics();
    CapacitySchedulerMetrics.destroy();
    DefaultMetricsSystem.shutdown();
    if (fairSchedulerXml.isPresent()) {
      try {
        Files.deleteIfExists(fairSchedulerXml.get());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Hands events over where they arise, on the same thread. */
  @SuppressWarnings("rawtypes")
  private static final class DirectDispatcher implements Dispatcher {
    private final EventHandler<Event> handler;

    @SuppressWarnings("unchecked")
    DirectDispatcher(EventHandler<Event<?>> listener) {
      this.handler = (EventHandler) listener;
    }

    @Override
    public EventHandler<Event> getEventHandler() {
      return handler;
    }

    @Override
    public void register(Class<? extends Enum> type, EventHandler unused) {}
  }

  /** Application masters start what they get at once; nothing expires. */
  private static final class NoExpirer extends ContainerAllocationExpirer {
    NoExpirer(Dispatcher dispatcher) {
      super(dispatcher);
    }

    @Override
    public void register(AllocationExpirationInfo container) {}

    @Override
    public void unregister(AllocationExpirationInfo container) {}
  }

  /** Gives the scheduler its own file, and no other. */
  private static final class GeneratedConfiguration extends ConfigurationProvider {
    private final RealQueues queues;

    GeneratedConfiguration(RealQueues queues) {
      this.queues = queues;
    }

    @Override
    public void initInternal(Configuration conf) {}

    @Override
    public @Nullable InputStream getConfigurationInputStream(Configuration conf, String name)
        throws IOException {
      return name.equals(YarnConfiguration.CS_CONFIGURATION_FILE)
          ? queues.capacitySchedulerXml()
          : null;
    }

    @Override
    public void closeInternal() {}
  }
}
