package org.yarngpu.bench;

import com.google.common.base.Joiner;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.management.JMX;
import javax.management.ObjectName;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.server.nodemanager.containermanager.container.ContainerState;
import org.yarngpu.job.DeviceTag;
import org.yarngpu.nm.GpuContainerExecutor;
import org.yarngpu.nm.GpuExecutorMXBean;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/**
 * How long a service waits for GPUs that are lent, from its ask until its container runs, and
 * whether two ever held one; run by {@code scripts/bench recall}. Two nodes of four GPUs in one
 * JVM; the containers are real processes.
 */
public final class RecallTimes {
  private static final int GPUS = 8;
  private static final int BORROWERS = 5;
  private static final int GRACE_MS = 2000;
  private static final int SLEEP_DELAY_MS = 1000;

  /** As the application master of {@code serve} while it waits for containers. */
  private static final int BEAT_MS = 250;

  private static final int LOOK_MS = 5;
  private static final int ROUND_LIMIT_MS = 120_000;

  private final LocalYarn yarn;
  private final List<TestAm> borrowers = new ArrayList<>();
  private final TestAm service;
  private final String trainer;
  private final List<Long> recallsMs = new ArrayList<>();
  private long nextBeatNanos = System.nanoTime();

  private RecallTimes(LocalYarn yarn, String trainer) {
    this.yarn = yarn;
    this.trainer = trainer;
    this.service = TestAm.on(yarn).queue("a").property("GPU_KIND", "inference").register();
    for (int i = 0; i < BORROWERS; i++) {
      borrowers.add(
          TestAm.on(yarn)
              .queue("b")
              .property("GPU_CHECKPOINT", "1m")
              .property("GPU_OPPORTUNISTIC", "true")
              .gang(1)
              .register());
    }
  }

  /**
   * Takes the number of recalls, how trainers behave, which is obeying or ignoring, and the time
   * between two heartbeats of a node in milliseconds.
   */
  public static void main(String[] arguments) throws Exception {
    int recalls = Integer.parseInt(arguments[0]);
    String trainer =
        switch (arguments[1]) {
          case "obeying" -> "exec sleep 600";
          case "ignoring" -> "trap '' TERM; exec sleep 600";
          default -> throw new IllegalArgumentException(arguments[1] + " is no kind of trainer");
        };
    LocalYarn yarn =
        LocalYarn.of(2, 4)
            .with("root.a.capacity", "90")
            .with("root.b.capacity", "10")
            .with("root.b.maximum-capacity", "25")
            .with("yarn.scheduler.gpu.loan.queues", "root.a")
            .with("yarn.scheduler.gpu.loan.cool-down-ms", "0")
            .with("yarn.scheduler.gpu.preemption.grace-ms", Integer.toString(GRACE_MS))
            .with("yarn.resourcemanager.nodemanagers.heartbeat-interval-ms", arguments[2])
            .with("yarn.nodemanager.opportunistic-containers-queue-policy", "BY_RESOURCES")
            .with(
                "yarn.nodemanager.sleep-delay-before-sigkill.ms", Integer.toString(SLEEP_DELAY_MS))
            .with("yarn.nodemanager.container-executor.class", GpuContainerExecutor.class.getName())
            .start();
    RecallTimes times = new RecallTimes(yarn, trainer);
    while (times.recallsMs.size() < recalls) {
      times.round();
    }
    times.report(arguments[1], arguments[2]);
    System.exit(0); // the daemons' threads outlive them
  }

  /** Lends what may be lent, then takes all of it back at once. */
  private void round() {
    Set<ContainerId> given = new HashSet<>();
    borrowers.forEach(borrower -> borrower.askToBorrow(1));
    repeat(
        () -> {
          for (TestAm borrower : borrowers) {
            start(borrower, given, trainer);
          }
          return borrowers.stream().allMatch(borrower -> runs(borrower) == 1);
        });
    Set<String> lent = new HashSet<>();
    borrowers.forEach(borrower -> lent.addAll(devices(borrower.held())));

    service.ask(GPUS);
    long askedNanos = System.nanoTime();
    nextBeatNanos = askedNanos;
    Map<ContainerId, Long> runningMs = new HashMap<>();
    repeat(
        () -> {
          start(service, given, "exec sleep 600");
          for (Container container : service.held()) {
            if (state(container) == ContainerState.RUNNING) {
              runningMs.putIfAbsent(
                  container.getId(), (System.nanoTime() - askedNanos) / 1_000_000);
            }
          }
          return runningMs.size() == GPUS;
        });
    for (Container container : service.held()) {
      if (lent.containsAll(devices(List.of(container)))) {
        recallsMs.add(runningMs.get(container.getId()));
      }
    }
    service.ask(0).releaseAll();
    repeat(() -> yarn.books().usedGpus() == 0 && yarn.books().faults().isEmpty());
  }

  private interface Step {
    boolean isDone();
  }

  /** Looks every few milliseconds; application masters beat at their own pace. */
  private void repeat(Step step) {
    long endNanos = System.nanoTime() + ROUND_LIMIT_MS * 1_000_000L;
    while (true) {
      if (System.nanoTime() - nextBeatNanos >= 0) {
        nextBeatNanos += BEAT_MS * 1_000_000L;
        service.beat();
        borrowers.forEach(TestAm::beat);
      }
      if (step.isDone()) {
        return;
      }
      if (System.nanoTime() - endNanos > 0) {
        throw new IllegalStateException(
            "a round took longer than %d ms; the service holds %s, it shows %s"
                .formatted(ROUND_LIMIT_MS, service.held(), service.diagnostics()));
      }
      Eventually.pause(LOOK_MS);
    }
  }

  private static void start(TestAm am, Set<ContainerId> given, String command) {
    List<Container> fresh =
        am.held().stream().filter(container -> given.add(container.getId())).toList();
    if (!fresh.isEmpty()) {
      am.start(fresh, command);
    }
  }

  private long runs(TestAm am) {
    return am.held().stream().filter(one -> state(one) == ContainerState.RUNNING).count();
  }

  private ContainerState state(Container container) {
    var onNode =
        yarn.nodeManager(container.getNodeId())
            .getNMContext()
            .getContainers()
            .get(container.getId());
    return onNode == null ? ContainerState.DONE : onNode.getContainerState();
  }

  private static Set<String> devices(List<Container> containers) {
    Set<String> devices = new HashSet<>();
    for (Container container : containers) {
      devices.add(
          container.getNodeId()
              + " "
              + Joiner.on(',').join(DeviceTag.indexes(container.getAllocationTags())));
    }
    return devices;
  }

  private void report(String kind, String heartbeatMs) throws Exception {
    long overlaps = 0;
    long refused = 0;
    var server = ManagementFactory.getPlatformMBeanServer();
    for (ObjectName name :
        server.queryNames(new ObjectName("Hadoop:service=NodeManager,name=GpuExecutor*"), null)) {
      GpuExecutorMXBean seen = JMX.newMXBeanProxy(server, name, GpuExecutorMXBean.class);
      overlaps += seen.getOverlapsSeen();
      refused += seen.getStartsRefused();
    }
    List<Long> sorted = recallsMs.stream().sorted().toList();
    System.out.printf(
        "%-9s %d recalls  p50 %d ms  p99 %d ms  max %d ms  overlaps %d  refused %d%n"
            + "          grace %d ms, time to SIGKILL %d ms, heartbeats %s ms%n",
        kind,
        sorted.size(),
        quantile(sorted, 0.5),
        quantile(sorted, 0.99),
        quantile(sorted, 1),
        overlaps,
        refused,
        GRACE_MS,
        SLEEP_DELAY_MS,
        heartbeatMs);
  }

  private static long quantile(List<Long> sorted, double share) {
    return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
  }
}
