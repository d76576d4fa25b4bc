package org.yarngpu.rm;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.annotations.VisibleForTesting;
import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.api.records.SchedulingRequest;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainerEventType;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNode;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNodeImpl;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.Allocation;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.ContainerUpdates;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerApplicationAttempt;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerNode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CSQueue;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.CapacityScheduler;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppAddedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppAttemptAddedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppAttemptRemovedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.AppRemovedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.ContainerPreemptEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.SchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.SchedulerEventType;
import org.apache.hadoop.yarn.util.YarnVersionInfo;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.config.ConfigException;
import org.yarngpu.config.Settings;
import org.yarngpu.model.PolicyName;
import org.yarngpu.planner.Planner;

/**
 * CapacityScheduler, with every ask for a GPU in the hands of a planner that places gangs whole or
 * not at all. Queues, ACLs, limits, labels, REST and pages are CapacityScheduler's.
 *
 * <p>Chosen by {@code yarn.resourcemanager.scheduler.class}; tested on Hadoop 3.4.2 and 3.5.0.
 */
public class GpuScheduler extends CapacityScheduler {
  private static final Logger LOG = LoggerFactory.getLogger(GpuScheduler.class);
  private static final ImmutableSet<SchedulerEventType> STOCK_PREEMPTION =
      ImmutableSet.of(
          SchedulerEventType.MARK_CONTAINER_FOR_PREEMPTION,
          SchedulerEventType.MARK_CONTAINER_FOR_KILLABLE);

  private final GangRegistry gangs = new GangRegistry();
  private final SchedulerMetrics metrics = new SchedulerMetrics();
  private final GpuUse use = new GpuUse(this);
  private final SnapshotBuilder snapshots = new SnapshotBuilder(this);
  private final SavedMarks savedMarks = new SavedMarks(metrics);
  private final Submissions submissions = new Submissions(this, snapshots);
  private final LostLoans lostLoans = new LostLoans(this::isLoan, this::forgetEnds);
  private volatile StockVeto veto = StockVeto.NOTHING_HELD;
  private volatile @Nullable Settings settings;
  private volatile @Nullable Forecasts forecasts;
  private volatile @Nullable SchedulingLoop loop;
  private @Nullable Thread loopThread;
  private boolean callerRunsCycles;

  @Override
  public void serviceInit(Configuration conf) throws Exception {
    super.serviceInit(conf); // first: its stop, after a failure of ours, needs what it makes
    TestedVersions.check(YarnVersionInfo.getVersion());
    if (conf.getBoolean(
        YarnConfiguration.OPPORTUNISTIC_CONTAINER_ALLOCATION_ENABLED,
        YarnConfiguration.DEFAULT_OPPORTUNISTIC_CONTAINER_ALLOCATION_ENABLED)) {
      throw new ConfigException(
          "%s is \"true\" but must be false: it takes asks away before the scheduler sees them, and places them without looking at GPUs."
              .formatted(YarnConfiguration.OPPORTUNISTIC_CONTAINER_ALLOCATION_ENABLED));
    }
    Settings read = SettingsFile.read(conf, getRMContext());
    settings = read;
    warnOfIdleOrders(read);
    if (!YarnResources.gpusAreRegistered()) {
      LOG.warn(
          "yarn.io/gpu is no registered resource type: all asks go the stock way. Maybe"
              + " resource-types.xml lacks it");
    }
  }

  @Override
  public void serviceStart() throws Exception {
    super.serviceStart();
    metrics.register();
    use.register();
    Forecasts made = Forecasts.open(getRMContext(), metrics, settings().historyDir(), getConfig());
    forecasts = made;
    SchedulingLoop started =
        new SchedulingLoop(this, snapshots, made, executor(), metrics, steady());
    loop = started;
    if (callerRunsCycles) {
      return;
    }
    Thread thread = new Thread(started, "GpuScheduler cycles");
    thread.setDaemon(true);
    thread.start();
    loopThread = thread;
  }

  @Override
  public void serviceStop() throws Exception {
    SchedulingLoop running = loop;
    Thread thread = loopThread;
    if (running != null) {
      running.stop();
      if (thread != null) {
        thread.interrupt();
        thread.join(10_000);
      }
      running.close();
      SchedulerMetrics.unregister();
      use.unregister();
    }
    if (forecasts != null) {
      forecasts.close();
    }
    super.serviceStop();
  }

  /**
   * For a host in virtual time, before the start: no thread runs the cycles, the host calls {@link
   * #cycle()} instead.
   */
  public final void leaveCyclesToCaller() {
    callerRunsCycles = true;
  }

  /** One scheduling cycle now, on the caller's thread. */
  public final void cycle() {
    SchedulingLoop running = loop;
    checkState(
        callerRunsCycles && running != null, "cycles are the caller's only if left to it at start");
    running.cycle();
  }

  /** For how long the loop would sleep now, if nothing happened. */
  @VisibleForTesting
  long pauseMaxMs() {
    SchedulingLoop running = loop;
    checkState(running != null, "the scheduler has not started");
    return running.pauseMaxMs();
  }

  @Override
  public void reinitialize(Configuration newConf, RMContext context, boolean validation)
      throws IOException {
    if (validation) {
      super.reinitialize(newConf, context, true);
      return;
    }
    Settings next;
    try {
      next = SettingsFile.read(newConf, context);
    } catch (RuntimeException e) {
      throw new IOException("Nothing was refreshed, the old settings stay: " + e.getMessage(), e);
    }
    super.reinitialize(newConf, context, false);
    settings = next;
    warnOfIdleOrders(next);
    wake();
  }

  @Override
  public void handle(SchedulerEvent event) {
    if (event instanceof AppAddedSchedulerEvent added && submissions.refused(added)) {
      return;
    }
    if (STOCK_PREEMPTION.contains(event.getType())
        && event instanceof ContainerPreemptEvent preemption
        && YarnResources.gpus(preemption.getContainer().getAllocatedResource()) > 0) {
      LOG.debug(
          "Stock preemption leaves {} alone: it would break a gang", preemption.getContainer());
      return;
    }
    if (event instanceof AppAttemptAddedSchedulerEvent added) {
      submissions.open(added); // before super, which reads what this sets
    }
    super.handle(event);
    if (event instanceof AppAttemptRemovedSchedulerEvent removed) {
      close(removed.getApplicationAttemptID());
    } else if (event instanceof AppRemovedSchedulerEvent removed) {
      gangs.forget(removed.getApplicationID());
      if (forecasts != null) {
        forecasts.applicationEnded(removed.getApplicationID(), removed.getFinalState());
      }
    }
    if (event.getType() != SchedulerEventType.NODE_UPDATE) {
      wake();
    }
  }

  @Override
  public Allocation allocate(
      ApplicationAttemptId attempt,
      List<ResourceRequest> asks,
      List<SchedulingRequest> schedulingRequests,
      List<ContainerId> release,
      @Nullable List<String> blacklistAdditions,
      @Nullable List<String> blacklistRemovals,
      ContainerUpdates updates) {
    GangState gang = gangs.gang(attempt);
    if (gang == null) {
      return super.allocate(
          attempt,
          asks,
          schedulingRequests,
          release,
          blacklistAdditions,
          blacklistRemovals,
          updates);
    }
    submissions.noteCaller(gang); // before the gate: it looks at the attempt, which has a lock
    blacklistAdditions = savedMarks.taken(gang, blacklistAdditions, getClock().getTime());
    blacklistRemovals = SavedMarks.without(blacklistRemovals);
    List<SchedulingRequest> refused = RefusedRequests.withGpus(schedulingRequests);
    if (!refused.isEmpty()) {
      schedulingRequests = new ArrayList<>(schedulingRequests);
      schedulingRequests.removeAll(refused);
    }
    Allocation allocation;
    ImmutableList<Container> lent;
    gang.gate.readLock().lock();
    try {
      allocation =
          super.allocate(
              attempt,
              asks,
              schedulingRequests,
              release,
              blacklistAdditions,
              blacklistRemovals,
              updates);
      lent = gang.takeLent();
    } finally {
      gang.gate.readLock().unlock();
    }
    if (saysSomething(asks) || saysSomething(release) || saysSomething(blacklistRemovals)) {
      wake();
    }
    if (!refused.isEmpty()) {
      submissions.unsupported(gang, Iterables.getLast(refused));
    }
    return AmAnswer.of(allocation, lent, gang.noticed(), refused);
  }

  /** SchedulingRequests do not pass the veto; those for GPUs must not slip by it either. */
  @Override
  public boolean attemptAllocationOnNode(
      SchedulerApplicationAttempt attempt, SchedulingRequest request, SchedulerNode node) {
    if (!RefusedRequests.withGpus(List.of(request)).isEmpty()) {
      GangState gang = gangs.gang(attempt.getApplicationAttemptId());
      if (gang != null) {
        submissions.unsupported(gang, request);
      }
      return false;
    }
    return super.attemptAllocationOnNode(attempt, request, node);
  }

  @Override
  protected void nodeUpdate(RMNode node) {
    boolean lends = !settings().lenders().isEmpty() || lostLoans.any();
    super.nodeUpdate(lends ? lostLoans.in(node) : node);
    SchedulingLoop running = loop;
    if (running != null) {
      running.wakeIfGangsWait();
    }
  }

  @Override
  protected void completedContainerInternal(
      RMContainer container, ContainerStatus status, RMContainerEventType event) {
    super.completedContainerInternal(container, status, event);
    noteEnd(container, status, event);
    wake();
  }

  /** Loans, which are none of CapacityScheduler's, end here only. */
  @Override
  public void completedContainer(
      RMContainer container, ContainerStatus status, RMContainerEventType event) {
    super.completedContainer(container, status, event);
    if (container != null && Lent.isLoan(container)) {
      noteEnd(container, status, event);
      wake();
    }
  }

  private boolean isLoan(NodeId node, ContainerId id) {
    SchedulerNode of = getSchedulerNode(node);
    return of != null && Lent.isOn(of, id);
  }

  private void forgetEnds(NodeId node, ImmutableList<ContainerId> containers) {
    if (getRMContext().getRMNodes().get(node) instanceof RMNodeImpl counting) {
      getRMContext()
          .getDispatcher()
          .getEventHandler()
          .handle(new ForgetEndsEvent(counting, containers));
    }
  }

  private void noteEnd(RMContainer container, ContainerStatus status, RMContainerEventType event) {
    GangState gang = gangs.gang(container.getApplicationAttemptId());
    if (gang != null
        && !container.isAMContainer()
        && YarnResources.gpus(container.getAllocatedResource()) > 0) {
      if (status.getExitStatus() == ContainerExitStatus.SUCCESS) {
        gang.memberSucceeded();
      } else if (event == RMContainerEventType.RELEASED) {
        gang.memberGivenBack();
      }
    }
  }

  /** Whether GPUs may be on loan, by the settings or from before they changed. */
  boolean mayHaveLent() {
    return !settings().lenders().isEmpty() || gangs.all().stream().anyMatch(GangState::hasLoans);
  }

  private void close(ApplicationAttemptId attempt) {
    GangState gang = gangs.gang(attempt);
    if (gang != null && forecasts != null) {
      forecasts.attemptEnded(gang, getClock().getTime());
    }
    gangs.close(attempt);
  }

  /** Not an error: CapacityScheduler ignores keys of queues that are not there, too. */
  private void warnOfIdleOrders(Settings of) {
    QueueOrders.idle(
            of.orders(),
            of.policy() == PolicyName.PREDICTED,
            getCapacitySchedulerQueueManager().getQueues().values().stream()
                .map(CSQueue::getQueuePath)
                .collect(ImmutableSet.toImmutableSet()))
        .ifPresent(LOG::warn);
  }

  GangRegistry gangs() {
    return gangs;
  }

  StockVeto veto() {
    return veto;
  }

  void publish(StockVeto next) {
    veto = next;
  }

  Settings settings() {
    Settings current = settings;
    if (current == null) {
      throw new IllegalStateException("the scheduler is not initialised");
    }
    return current;
  }

  boolean settled() {
    SchedulingLoop running = loop;
    return running != null && running.settled();
  }

  /** Held while state is copied. */
  Lock planningLock() {
    return readLock;
  }

  /** Held while a placement is committed. */
  Lock committingLock() {
    return writeLock;
  }

  /** What plans; a test may make it fail. */
  @VisibleForTesting
  Planner planner(PolicyName policy) {
    return Planner.of(policy);
  }

  /** What commits; a test may interrupt it. */
  @VisibleForTesting
  YarnPlanExecutor executor() {
    return new YarnPlanExecutor(this);
  }

  /** Time that passes for us; a host in virtual time has one clock, which nobody sets. */
  private Ticker steady() {
    if (!callerRunsCycles) {
      return Ticker.systemTicker();
    }
    return new Ticker() {
      @Override
      public long read() {
        return TimeUnit.MILLISECONDS.toNanos(getClock().getTime());
      }
    };
  }

  private void wake() {
    SchedulingLoop running = loop;
    if (running != null) {
      running.wake();
    }
  }

  /** The ResourceManager's own calls leave some lists null. */
  private static boolean saysSomething(@Nullable List<?> list) {
    return list != null && !list.isEmpty();
  }
}
