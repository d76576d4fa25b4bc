package org.yarngpu.nm;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.management.ObjectName;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.metrics2.util.MBeans;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.ConfigurationException;
import org.apache.hadoop.yarn.server.nodemanager.Context;
import org.apache.hadoop.yarn.server.nodemanager.DefaultContainerExecutor;
import org.apache.hadoop.yarn.server.nodemanager.containermanager.container.Container;
import org.apache.hadoop.yarn.server.nodemanager.executor.ContainerReacquisitionContext;
import org.apache.hadoop.yarn.server.nodemanager.executor.ContainerSignalContext;
import org.apache.hadoop.yarn.server.nodemanager.executor.ContainerStartContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yarngpu.job.DeviceEnvironment;
import org.yarngpu.job.DeviceTag;

/**
 * Starts containers as DefaultContainerExecutor does, and sees to their devices: {@code
 * yarn.nodemanager.container-executor.class}.
 *
 * <p>Each process gets the devices of its container's token in its environment; a container whose
 * device another still holds is not started. A container ends when the last of its processes has
 * ended, not the first, so that the ResourceManager hands on no device that is in use. It can be
 * paused. How busy devices are is read every few seconds.
 *
 * <p>Who holds what is rebuilt at each start from the tokens of the node's containers and from
 * {@code /proc}, so a NodeManager that restarts with running containers knows it.
 */
public final class GpuContainerExecutor extends DefaultContainerExecutor {
  /** The program that is asked how busy devices are; nvidia-smi by default. */
  public static final String SAMPLER_COMMAND = "yarn.nodemanager.gpu.sampler-command";

  /**
   * Set by whoever launches a container that may share its devices: how much of each it uses, in
   * percent. Without it a container has its devices alone.
   */
  public static final String SHARE = "YARN_GPU_SHARE";

  private static final Logger LOG = LoggerFactory.getLogger(GpuContainerExecutor.class);
  private static final String PERCENT = "[1-9][0-9]?|100";
  private static final String GPU = ResourceInformation.GPU_URI;
  private static final Duration SAMPLE_PERIOD = Duration.ofSeconds(5);
  private static final long LOOK_MS = 50;
  private static final long HOLDER_LOOK_MS = 200;

  /** A few, of a second each: in one of them a node hears that a container must go. */
  private static final long HEARTBEATS_MS = 3000;

  private static final int PAUSE_ROUNDS_MAX = 20;

  private final ContainerProcesses processes = new ContainerProcesses();
  private final NodeFigures figures = new NodeFigures();

  /** Pid of the first process, by container, once a signal named it. */
  private final Map<ContainerId, Long> sessions = new ConcurrentHashMap<>();

  private final Set<ContainerId> paused = ConcurrentHashMap.newKeySet();

  @GuardedBy("this")
  private final DeviceBook book = new DeviceBook();

  /** From before the first process starts until after the last has ended. */
  @GuardedBy("this")
  private final Set<ContainerId> launching = new LinkedHashSet<>();

  private @Nullable Context context;
  private @Nullable ScheduledExecutorService sampler;
  private @Nullable ObjectName beanName;
  private boolean samplesFail;

  @Override
  public void init(Context nmContext) throws IOException {
    super.init(nmContext);
    context = nmContext;
  }

  // --- who holds what -------------------------------------------------------------------------

  @Override
  @SuppressWarnings("NonApiType") // the type is Hadoop's
  public void writeLaunchEnv(
      OutputStream out,
      Map<String, String> environment,
      Map<Path, List<String>> resources,
      List<String> command,
      Path logDir,
      String user,
      String outFilename,
      LinkedHashSet<String> nmVars)
      throws IOException {
    Container container = container(environment.get("CONTAINER_ID"));
    if (container != null) {
      refuseBadShare(container);
      DeviceClaim claim = claimOf(container);
      claim(container, claim);
      if (gpus(container.getResource()) == 0) {
        environment.putAll(DeviceEnvironment.NONE);
      } else if (claim.devices().isEmpty()) {
        LOG.warn(
            "{} has GPUs but its token names none: it sees all devices of the node.",
            claim.container());
      } else {
        environment.putAll(DeviceEnvironment.of(tags(container)));
      }
      if (claim.sharePercent() < 100) {
        environment.putIfAbsent(
            "CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", Integer.toString(claim.sharePercent()));
      }
    }
    super.writeLaunchEnv(out, environment, resources, command, logDir, user, outFilename, nmVars);
  }

  private @Nullable Container container(@Nullable String id) {
    return context == null || id == null
        ? null
        : context.getContainers().get(ContainerId.fromString(id));
  }

  /**
   * Waits for a holder that is to end. Where an application master gives a container back before
   * its node has told that it was launched, the ResourceManager hands its device on at once, and
   * the node hears with its next heartbeat that it must go.
   */
  private void claim(Container container, DeviceClaim claim) throws IOException {
    if (claim.devices().isEmpty()) {
      return;
    }
    Optional<String> refusal = tryClaim(claim);
    if (refusal.isPresent()) {
      LOG.warn("A start waits: {}", refusal.get());
    }
    long endNanos =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(HEARTBEATS_MS + killDelayMs());
    try {
      while (refusal.isPresent() && System.nanoTime() - endNanos < 0) {
        TimeUnit.MILLISECONDS.sleep(HOLDER_LOOK_MS);
        refusal = tryClaim(claim);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted before the start of " + claim.container())
              .initCause(e);
    }
    if (refusal.isPresent()) {
      figures.startsRefused.incrementAndGet();
      LOG.error("Refused a start: {}", refusal.get());
      throw new IOException(refusal.get());
    }
    LOG.info("{} holds GPUs {}", container.getContainerId(), claim.devices());
  }

  private synchronized Optional<String> tryClaim(DeviceClaim claim) {
    rebuild(processes.byContainer());
    Optional<String> refusal = book.claim(claim);
    figures.held(book.held());
    return refusal;
  }

  private long killDelayMs() {
    return getConf()
        .getLong(
            YarnConfiguration.NM_SLEEP_DELAY_BEFORE_SIGKILL_MS,
            YarnConfiguration.DEFAULT_NM_SLEEP_DELAY_BEFORE_SIGKILL_MS);
  }

  /**
   * Whoever has processes, is being launched, or was given devices and has not ended holds them.
   */
  @GuardedBy("this")
  private void rebuild(ImmutableSetMultimap<String, Long> pids) {
    List<DeviceClaim> living = new ArrayList<>();
    if (context != null) {
      for (Container container : context.getContainers().values()) {
        String id = container.getContainerId().toString();
        boolean given = book.held().containsKey(id) && !container.isContainerInFinalStates();
        if (given || pids.containsKey(id) || launching.contains(container.getContainerId())) {
          living.add(claimOf(container));
        }
      }
    }
    ImmutableSortedSet<Integer> overlaps = book.rebuild(living);
    figures.held(book.held());
    if (!overlaps.isEmpty()) {
      figures.overlapsSeen.incrementAndGet();
      LOG.error("GPUs {} of this node are held by more than one: {}", overlaps, book.held());
    }
  }

  private static DeviceClaim claimOf(Container container) {
    // Anybody may put tags on containers without a GPU.
    ImmutableSortedSet<Integer> devices =
        gpus(container.getResource()) == 0
            ? ImmutableSortedSet.of()
            : DeviceTag.indexes(tags(container));
    return new DeviceClaim(container.getContainerId().toString(), devices, sharePercent(container));
  }

  private static Set<String> tags(Container container) {
    Set<String> tags = container.getContainerTokenIdentifier().getAllcationTags();
    return tags == null ? ImmutableSet.of() : tags;
  }

  private static long gpus(Resource resource) {
    for (ResourceInformation information : resource.getResources()) {
      if (information.getName().equals(GPU)) {
        return information.getValue();
      }
    }
    return 0;
  }

  /** What it declares; a declaration that cannot be read is refused at the start. */
  private static int sharePercent(Container container) {
    String text = container.getLaunchContext().getEnvironment().get(SHARE);
    return text != null && text.matches(PERCENT) ? Integer.parseInt(text) : 100;
  }

  private static void refuseBadShare(Container container) throws IOException {
    String text = container.getLaunchContext().getEnvironment().get(SHARE);
    if (text != null && !text.matches(PERCENT)) {
      throw new IOException(
          "%s of %s is \"%s\" but must be a whole percent in [1, 100]. Maybe leave it out."
              .formatted(SHARE, container.getContainerId(), text));
    }
  }

  // --- from the first process to the last -----------------------------------------------------

  @Override
  public int launchContainer(ContainerStartContext start)
      throws IOException, ConfigurationException {
    ContainerId id = start.getContainer().getContainerId();
    if (!holds(id)) {
      claim(start.getContainer(), claimOf(start.getContainer()));
    }
    launching(id);
    try {
      int code = super.launchContainer(start);
      endStragglers(id);
      return code;
    } finally {
      launched(id);
    }
  }

  @Override
  public int reacquireContainer(ContainerReacquisitionContext again)
      throws IOException, InterruptedException {
    launching(again.getContainerId());
    try {
      int code = super.reacquireContainer(again);
      endStragglers(again.getContainerId());
      return code;
    } finally {
      launched(again.getContainerId());
    }
  }

  /** Whether it still has what it was given with its environment; one started anew may not. */
  private synchronized boolean holds(ContainerId id) {
    return book.held().containsKey(id.toString());
  }

  private synchronized void launching(ContainerId id) {
    launching.add(id);
  }

  private synchronized boolean isLaunching(ContainerId id) {
    return launching.contains(id);
  }

  private synchronized void launched(ContainerId id) {
    launching.remove(id);
    sessions.remove(id);
    paused.remove(id);
  }

  /**
   * Returns when the container has no process left. What outlives the first process is told to end,
   * and killed after the time that the NodeManager gives to all.
   */
  private void endStragglers(ContainerId id) throws IOException {
    long first = session(id);
    ImmutableSet<Long> left = processes.of(id.toString(), first);
    // If the first lives, the NodeManager itself is ending and leaves it to the next one.
    if (left.isEmpty() || left.contains(first)) {
      return;
    }
    figures.containersWithStragglers.incrementAndGet();
    LOG.warn("{} has ended but left processes {}, which are told to end", id, left);
    try {
      long killNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(killDelayMs());
      processes.signal("TERM", left);
      processes.signal("CONT", left);
      while (!left.isEmpty()) {
        if (System.nanoTime() - killNanos >= 0) {
          processes.signal("KILL", left);
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        left = processes.of(id.toString(), first);
      }
      LOG.info("The last process of {} has ended", id);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted at the end of " + id).initCause(e);
    }
  }

  // --- signals --------------------------------------------------------------------------------

  @Override
  public boolean signalContainer(ContainerSignalContext signal) throws IOException {
    ContainerId id = signal.getContainer().getContainerId();
    if (isLaunching(id)) {
      // Its pid file may be gone when the last process is waited for.
      sessions.put(id, Long.parseLong(signal.getPid()));
    }
    boolean sent = super.signalContainer(signal);
    if (paused.remove(id)) {
      // A stopped process cannot save its work.
      signalAll(id, "CONT");
    }
    return sent;
  }

  /** Stops all processes; they keep their memory on the device. */
  @Override
  public void pauseContainer(Container container) {
    ContainerId id = container.getContainerId();
    try {
      paused.add(id);
      // Those that are not stopped yet may start others meanwhile.
      for (int round = 0; round < PAUSE_ROUNDS_MAX; round++) {
        ImmutableSet<Long> moving = processes.moving(id.toString(), session(id));
        if (moving.isEmpty()) {
          LOG.info("Paused {}", id);
          return;
        }
        processes.signal("STOP", moving);
      }
    } catch (IOException e) {
      throw new IllegalStateException(id + " cannot be paused", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(id + " was not paused: the NodeManager ends", e);
    }
    throw new IllegalStateException(
        id + " cannot be paused: it starts processes faster than they are stopped");
  }

  @Override
  public void resumeContainer(Container container) {
    ContainerId id = container.getContainerId();
    paused.remove(id);
    try {
      signalAll(id, "CONT");
      LOG.info("Resumed {}", id);
    } catch (IOException e) {
      throw new IllegalStateException(id + " cannot be resumed", e);
    }
  }

  private void signalAll(ContainerId id, String signal) throws IOException {
    try {
      processes.signal(signal, processes.of(id.toString(), session(id)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("interrupted signalling " + id).initCause(e);
    }
  }

  /** The first process, or 0 if it has not started. */
  private long session(ContainerId id) {
    String pid = getProcessId(id);
    return pid == null ? sessions.getOrDefault(id, 0L) : Long.parseLong(pid);
  }

  // --- samples --------------------------------------------------------------------------------

  @Override
  public void start() {
    super.start();
    beanName = MBeans.register("NodeManager", "GpuExecutor", figures);
    NvidiaSmi driver = new NvidiaSmi(getConf().get(SAMPLER_COMMAND, "nvidia-smi"), SAMPLE_PERIOD);
    ScheduledExecutorService thread =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread sampling = new Thread(work, "gpu-sampler");
              sampling.setDaemon(true);
              return sampling;
            });
    sampler = thread;
    // With a delay between them: readings that take long do not pile up.
    var unused =
        thread.scheduleWithFixedDelay(
            () -> sample(driver), 0, SAMPLE_PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void stop() {
    if (sampler != null) {
      sampler.shutdownNow();
    }
    if (beanName != null) {
      MBeans.unregister(beanName);
    }
    super.stop();
  }

  private void sample(NvidiaSmi driver) {
    try {
      ImmutableSetMultimap<String, Long> pids = processes.byContainer();
      List<DeviceClaim> claims;
      synchronized (this) {
        rebuild(pids);
        claims = List.copyOf(book.held().values());
      }
      NvidiaSmi.Reading reading = driver.read();
      figures.sampled(ContainerUse.of(reading, claims, pids));
      GpuUseAttributes.seen(reading.percents());
      samplesFail = false;
    } catch (IOException | RuntimeException e) {
      // One that got out would end the schedule.
      failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void failed(Exception cause) {
    figures.sampled(ImmutableList.of());
    GpuUseAttributes.seen(ImmutableSortedMap.of());
    figures.samplesFailed.incrementAndGet();
    if (!samplesFail) {
      LOG.warn(
          "The use of GPUs is unknown until the next reading succeeds. Maybe set {}.",
          SAMPLER_COMMAND,
          cause);
    }
    samplesFail = true;
  }
}
