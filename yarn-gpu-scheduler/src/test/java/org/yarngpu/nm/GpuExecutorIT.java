package org.yarngpu.nm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.management.JMX;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.apache.hadoop.yarn.server.api.ContainerType;
import org.apache.hadoop.yarn.server.nodemanager.containermanager.container.ContainerState;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.job.DeviceTag;
import org.yarngpu.rm.GpuUseMXBean;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/** One node with eight GPUs; queue a owns seven of them and lends, queue b owns none. */
class GpuExecutorIT {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static LocalYarn yarn;
  private static Path driverSays;

  @TempDir private Path folder;

  private long refused;
  private long overlaps;
  private long stragglers;

  @BeforeAll
  static void start(@TempDir Path driver) throws IOException {
    driverSays = driver;
    Files.writeString(driver.resolve("gpus"), "");
    Files.writeString(driver.resolve("apps"), "");
    Path script = driver.resolve("nvidia-smi");
    Files.writeString(
        script,
        """
        #!/bin/bash
        case $1 in
          --query-gpu=*) cat '%1$s/gpus' ;;
          --query-compute-apps=*) cat '%1$s/apps' ;;
        esac
        """
            .formatted(driver));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    yarn =
        LocalYarn.of(1, 8)
            .with("root.a.capacity", "90")
            .with("root.b.capacity", "10")
            .with("root.b.maximum-capacity", "25")
            .with("yarn.scheduler.gpu.loan.queues", "root.a")
            .with("yarn.scheduler.gpu.loan.cool-down-ms", "0")
            .with("yarn.scheduler.gpu.preemption.grace-ms", "1000")
            .with("yarn.nodemanager.opportunistic-containers-queue-policy", "BY_RESOURCES")
            .with("yarn.nodemanager.sleep-delay-before-sigkill.ms", "1000")
            .with("yarn.nodemanager.opportunistic-containers-use-pause-for-preemption", "true")
            // -Dexecutor=<class> shows which laws another executor breaks.
            .with(
                "yarn.nodemanager.container-executor.class",
                System.getProperty("executor", GpuContainerExecutor.class.getName()))
            .with(GpuContainerExecutor.SAMPLER_COMMAND, script.toString())
            .with("yarn.nodemanager.node-attributes.provider", GpuUseAttributes.class.getName())
            .with("yarn.nodemanager.node-attributes.provider.fetch-interval-ms", "1000")
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @BeforeEach
  void readCounters() throws Exception {
    refused = seen().getStartsRefused();
    overlaps = seen().getOverlapsSeen();
    stragglers = seen().getContainersWithStragglers();
  }

  @AfterEach
  void nothingOverlaps() throws Exception {
    yarn.endAll();
    yarn.awaitIdleNodes();
    assertThat(seen().getOverlapsSeen()).as("overlaps").isEqualTo(overlaps);
  }

  private static Map<String, Long> toldToResourceManager() {
    try {
      return JMX.newMXBeanProxy(
              ManagementFactory.getPlatformMBeanServer(),
              new ObjectName("Hadoop:service=ResourceManager,name=GpuUse"),
              GpuUseMXBean.class)
          .getPercentByApplication();
    } catch (MalformedObjectNameException e) {
      throw new AssertionError(e);
    }
  }

  private static GpuExecutorMXBean seen() throws Exception {
    var server = ManagementFactory.getPlatformMBeanServer();
    Set<ObjectName> names =
        server.queryNames(new ObjectName("Hadoop:service=NodeManager,name=GpuExecutor*"), null);
    return JMX.newMXBeanProxy(server, Iterables.getOnlyElement(names), GpuExecutorMXBean.class);
  }

  private static TestAm service() {
    return TestAm.on(yarn).queue("a").property("GPU_KIND", "inference").register();
  }

  private static TestAm borrower(int members) {
    return TestAm.on(yarn)
        .queue("b")
        .property("GPU_CHECKPOINT", "1s")
        .property("GPU_OPPORTUNISTIC", "true")
        .gang(members)
        .register()
        .askToBorrow(members);
  }

  private static org.apache.hadoop.yarn.server.nodemanager.containermanager.container.Container
      onNode(Container container) {
    return yarn.nodeManager(container.getNodeId())
        .getNMContext()
        .getContainers()
        .get(container.getId());
  }

  /** The variables of each container that told them, by the container's id. */
  private Map<String, Map<String, String>> told() throws IOException {
    Map<String, Map<String, String>> environments = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".env")).toList()) {
        String text = Files.readString(file);
        if (text.endsWith("END=1\n")) {
          String id = String.valueOf(file.getFileName()).replace(".env", "");
          environments.put(
              id, Splitter.on('\n').omitEmptyStrings().withKeyValueSeparator('=').split(text));
        }
      }
    }
    return environments;
  }

  /** A command that tells its variables and waits. */
  private String telling() {
    return ("{ env | grep -E '^(CUDA|NVIDIA)_'; echo END=1; } >%s/$CONTAINER_ID.env;"
            + " exec sleep 600")
        .formatted(folder);
  }

  private Map<String, Map<String, String>> awaitTold(int count) throws IOException {
    Eventually.await(LIMIT, () -> count + " have started", () -> told().size() == count);
    return told();
  }

  @Test
  void servicesAndBorrowersSeeDevicesOfTheirOwn() throws Exception {
    TestAm borrower = borrower(2).awaitHeld(2);
    borrower.start(borrower.held(), telling());
    TestAm service = service().ask(1).ask(2, 1, 64, 1, 0).awaitHeld(2);
    service.start(service.held(), telling());

    List<Container> all = new ArrayList<>(borrower.held());
    all.addAll(service.held());
    Map<String, Map<String, String>> told = awaitTold(4);
    Set<String> devices = new java.util.TreeSet<>();
    for (Container container : all) {
      Map<String, String> environment = told.get(container.getId().toString());
      if (LocalYarn.gpus(container.getResource()) == 0) {
        assertThat(environment)
            .containsEntry("CUDA_VISIBLE_DEVICES", "-1")
            .containsEntry("NVIDIA_VISIBLE_DEVICES", "void");
      } else {
        String device =
            Iterables.getOnlyElement(DeviceTag.indexes(container.getAllocationTags())).toString();
        assertThat(environment)
            .containsEntry("CUDA_VISIBLE_DEVICES", device)
            .containsEntry("NVIDIA_VISIBLE_DEVICES", device);
        assertThat(seen().getDevices()).containsEntry(container.getId().toString(), device);
        devices.add(device);
      }
    }
    assertThat(devices).hasSize(3);
  }

  /** The container, on a device of which the scheduler knows nothing. */
  private static Container movedTo(int device, Container container, TestAm owner) throws Exception {
    Set<String> tags = ImmutableSet.of(DeviceTag.of(device));
    return Container.newInstance(
        container.getId(),
        container.getNodeId(),
        container.getNodeHttpAddress(),
        container.getResource(),
        container.getPriority(),
        yarn.rm()
            .getRMContext()
            .getContainerTokenSecretManager()
            .createContainerToken(
                container.getId(),
                0,
                container.getNodeId(),
                yarn.report(owner.id()).getUser(),
                container.getResource(),
                container.getPriority(),
                System.currentTimeMillis(),
                null,
                "",
                ContainerType.TASK,
                ExecutionType.GUARANTEED,
                0,
                tags));
  }

  private static int device(Container container) {
    return Iterables.getOnlyElement(DeviceTag.indexes(container.getAllocationTags()));
  }

  @Test
  void aSecondHolderIsRefusedAndToldWhy() throws Exception {
    TestAm service = service().ask(2).awaitHeld(2);
    Container first = service.held().get(0);
    Container second = service.held().get(1);
    service.start(List.of(first), telling());
    awaitTold(1);
    service.start(List.of(movedTo(device(first), second, service)), telling());
    Eventually.await(
        LIMIT,
        () -> "the second has ended; it runs as " + onNode(second),
        () -> {
          service.beat();
          return service.completed().size() == 1;
        });
    ContainerStatus status = Iterables.getOnlyElement(service.completed());
    assertThat(status.getContainerId()).isEqualTo(second.getId());
    assertThat(status.getDiagnostics())
        .contains(
            "GPU %d of this node is held by %s alone; %s wants it alone and was not started."
                .formatted(device(first), first.getId(), second.getId()));
    assertThat(seen().getStartsRefused()).isEqualTo(refused + 1);
  }

  /** As when the ResourceManager does not know yet that the first was launched. */
  @Test
  void aSecondHolderWaitsForAFirstThatIsToEnd() throws Exception {
    TestAm service = service().ask(2).awaitHeld(2);
    Container first = service.held().get(0);
    Container second = service.held().get(1);
    service.start(List.of(first), telling());
    awaitTold(1);
    service.start(List.of(movedTo(device(first), second, service)), telling());
    service.release(List.of(first.getId())).beat();
    assertThat(awaitTold(2).get(second.getId().toString()))
        .containsEntry("CUDA_VISIBLE_DEVICES", Integer.toString(device(first)));
    assertThat(seen().getStartsRefused()).isEqualTo(refused);
    assertThat(seen().getOverlapsSeen()).isEqualTo(overlaps);
  }

  @Test
  void whoDeclareItShareADevice() throws Exception {
    TestAm service = service().ask(2).awaitHeld(2);
    Container first = service.held().get(0);
    Container second = service.held().get(1);
    Map<String, String> half = ImmutableMap.of(GpuContainerExecutor.SHARE, "50");
    service.start(List.of(first), half, telling());
    service.start(List.of(movedTo(device(first), second, service)), half, telling());
    assertThat(awaitTold(2).values())
        .allSatisfy(
            environment ->
                assertThat(environment)
                    .containsEntry("CUDA_VISIBLE_DEVICES", Integer.toString(device(first)))
                    .containsEntry("CUDA_MPS_ACTIVE_THREAD_PERCENTAGE", "50"));
  }

  @Test
  void aShareThatIsNoPercentIsRefused() {
    TestAm service = service().ask(1).awaitHeld(1);
    service.start(
        service.held(), ImmutableMap.of(GpuContainerExecutor.SHARE, "half"), "exec sleep 600");
    Eventually.await(
        LIMIT,
        () -> "it has ended",
        () -> {
          service.beat();
          return service.completed().size() == 1;
        });
    assertThat(service.completed().get(0).getDiagnostics())
        .contains("YARN_GPU_SHARE")
        .contains("is \"half\" but must be a whole percent in [1, 100]");
  }

  /** Whether it runs; one that was killed and not yet waited for does not. */
  private static boolean isAlive(long pid) {
    return new ContainerProcesses().byContainer().containsValue(pid);
  }

  private List<Long> pids(String kind) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> String.valueOf(file.getFileName()).startsWith(kind))
          .map(
              file -> {
                try {
                  return Files.readString(file).strip();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              })
          .filter(text -> !text.isEmpty())
          .map(Long::valueOf)
          .toList();
    }
  }

  /**
   * The trainer obeys the recall at once; a child of it, in a session of its own, ignores every
   * signal that can be ignored.
   */
  private String leavesAChildBehind() throws IOException {
    // In files, since YARN puts a command between double quotes, where $$ is another's.
    Path child = folder.resolve("stubborn.sh");
    Files.writeString(
        child,
        """
        trap '' TERM
        echo $$ >%s/child-$CONTAINER_ID
        while :; do sleep 0.2; done
        """
            .formatted(folder));
    Path trainer = folder.resolve("trainer.sh");
    Files.writeString(
        trainer,
        """
        setsid bash %s &
        trap 'exit 143' TERM
        while :; do sleep 0.2; done
        """
            .formatted(child));
    return "exec bash " + trainer;
  }

  @Test
  void aDeviceIsHandedOverWhenTheLastProcessIsGone() throws Exception {
    TestAm borrower = borrower(3).awaitHeld(3);
    borrower.start(borrower.held(), leavesAChildBehind());
    Eventually.await(LIMIT, () -> "all children run", () -> pids("child").size() == 3);
    List<Long> children = pids("child");
    TestAm service = service().ask(8);
    Eventually.await(
        LIMIT,
        () -> "the service has all; it has " + service.held(),
        () -> {
          borrower.beat();
          service.beat();
          return service.held().size() == 8;
        });
    service.start(service.held(), telling());
    awaitTold(8);
    // The ResourceManager may take them for lost, and hand on their devices, before they are gone.
    assertThat(children).noneMatch(GpuExecutorIT::isAlive);
    assertThat(seen().getOverlapsSeen()).isEqualTo(overlaps);
    assertThat(seen().getContainersWithStragglers()).isEqualTo(stragglers + 3);
    assertThat(seen().getStartsRefused()).isEqualTo(refused);
  }

  /** All states of processes of the container. */
  private static boolean stands(ContainerId container) {
    ContainerProcesses processes = new ContainerProcesses();
    return !processes.of(container.toString(), 0).isEmpty()
        && processes.moving(container.toString(), 0).isEmpty();
  }

  @Test
  void aPausedContainerStandsStillAndGoesOn() throws Exception {
    TestAm borrower = borrower(1).awaitHeld(1);
    Container container = borrower.held().get(0);
    borrower.start(
        borrower.held(),
        ("setsid bash -c 'echo $$ >%1$s/child-1; while :; do sleep 0.1; done' &"
                + " while :; do echo >>%1$s/steps; sleep 0.05; done")
            .formatted(folder));
    Path steps = folder.resolve("steps");
    Eventually.await(
        LIMIT, () -> "it runs", () -> Files.exists(steps) && pids("child").size() == 1);
    TestAm large = large(65_488);
    awaitPaused(borrower);
    assertThat(stands(container.getId())).isTrue();
    long before = Files.size(steps);
    Eventually.holdsFor(
        Duration.ofMillis(500), () -> "it stands", () -> Files.size(steps) == before);

    large.releaseAll().beat();
    Eventually.await(LIMIT, () -> "it goes on", () -> Files.size(steps) > before);
    assertThat(stands(container.getId())).isFalse();
  }

  /** Starts a container without a GPU whose memory borrowers are in the way of. */
  private static TestAm large(int memoryMib) {
    TestAm large = service().ask(1, 1, memoryMib, 1, 0).awaitHeld(1);
    return large.start(large.held());
  }

  private static void awaitPaused(TestAm borrower) {
    for (Container container : borrower.held()) {
      var onNode = onNode(container);
      Eventually.await(
          LIMIT,
          () -> "it is paused but " + onNode.getContainerState(),
          () -> onNode.getContainerState() == ContainerState.PAUSED);
    }
  }

  @Test
  void aPausedContainerThatIsCalledBackCanStillSave() throws Exception {
    TestAm borrower = borrower(4).awaitHeld(4);
    borrower.start(
        borrower.held(),
        ("trap 'touch %1$s/saved-$CONTAINER_ID; exit 143' TERM; touch %1$s/up-$CONTAINER_ID;"
                + " while :; do sleep 0.1; done")
            .formatted(folder));
    Eventually.await(LIMIT, () -> "all run", () -> names("up-").size() == 4);
    TestAm large = large(65_328);
    Eventually.await(
        LIMIT,
        () -> "one is paused",
        () ->
            borrower.held().stream()
                .anyMatch(one -> onNode(one).getContainerState() == ContainerState.PAUSED));
    TestAm service = service().ask(1, 8, 16, 1, 1);
    Eventually.await(
        LIMIT,
        () -> "the service has all; it has " + service.held(),
        () -> {
          borrower.beat();
          large.beat();
          service.beat();
          return service.held().size() == 8;
        });
    assertThat(names("saved-")).hasSize(4);
  }

  private Collection<String> names(String start) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> name.startsWith(start))
          .toList();
    }
  }

  @Test
  void theUseOfAContainersDevicesIsSeen() throws Exception {
    TestAm service = service().ask(2).awaitHeld(2);
    service.start(
        service.held(), "echo $$ >%s/pid-$CONTAINER_ID; exec sleep 600".formatted(folder));
    Eventually.await(LIMIT, () -> "both run", () -> pids("pid").size() == 2);
    String first = service.held().get(0).getId().toString();
    String second = service.held().get(1).getId().toString();
    Files.writeString(
        driverSays.resolve("apps"),
        "GPU-x, %s, 700\n".formatted(Files.readString(folder.resolve("pid-" + first)).strip()));
    StringBuilder gpus = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      String percent = i == device(service.held().get(1)) ? "[N/A]" : Integer.toString(10 + i);
      gpus.append("%d, GPU-%d, %s, %d, 8000\n".formatted(i, i, percent, 100 * i + 1));
    }
    Files.writeString(driverSays.resolve("gpus"), gpus);
    Eventually.await(
        LIMIT,
        () -> "a sample tells of both",
        () -> seen().getMemoryMib().keySet().containsAll(List.of(first, second)));
    assertThat(seen().getMemoryMib())
        .containsEntry(first, 700L)
        .containsEntry(second, 100L * device(service.held().get(1)) + 1);
    assertThat(seen().getUtilizationPercent())
        .containsEntry(first, 10L + device(service.held().get(0)))
        .doesNotContainKey(second);
    long told = 5 * Math.round((10 + device(service.held().get(0))) / 5.0);
    Eventually.await(
        LIMIT,
        () -> "the ResourceManager knows it; it has " + toldToResourceManager(),
        () ->
            toldToResourceManager()
                .equals(Map.of(service.id().toString(), told))); // of the device that is known

    Files.writeString(driverSays.resolve("gpus"), "Unable to determine the device handle\n");
    long failed = seen().getSamplesFailed();
    Eventually.await(LIMIT, () -> "a sample fails", () -> seen().getSamplesFailed() > failed);
    assertThat(seen().getMemoryMib()).isEmpty();
    Files.writeString(driverSays.resolve("gpus"), "");
  }
}
