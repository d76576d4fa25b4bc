package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.ExecutionType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yarngpu.job.DeviceTag;
import org.yarngpu.testing.Eventually;
import org.yarngpu.testing.LocalYarn;
import org.yarngpu.testing.TestAm;

/**
 * Queue a owns all GPUs of two nodes with four each, and lends what it does not use but two: a
 * fifth as long as no day was seen. Queue b may use two at most. Queue b owns none.
 */
class LoanIT {
  private static LocalYarn yarn;

  @BeforeAll
  static void start(@TempDir Path state) {
    yarn =
        LocalYarn.of(2, 4)
            .restartable(state)
            .with("root.a.capacity", "90")
            .with("root.b.capacity", "10")
            .with("root.b.maximum-capacity", "25")
            .with("yarn.scheduler.gpu.loan.queues", "root.a")
            .with("yarn.scheduler.gpu.loan.surplus-queues", "root.b")
            .with("yarn.scheduler.gpu.elastic.period-ms", "0")
            .with("yarn.scheduler.gpu.loan.cool-down-ms", "0")
            .with("yarn.scheduler.gpu.preemption.grace-ms", "3000")
            .with("yarn.nodemanager.opportunistic-containers-queue-policy", "BY_RESOURCES")
            .with("yarn.nodemanager.sleep-delay-before-sigkill.ms", "5000")
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() {
    yarn.endAll();
  }

  private static TestAm borrower(int members) {
    return borrower(members, "1m");
  }

  private static TestAm borrower(int members, String checkpoint) {
    return TestAm.on(yarn)
        .queue("b")
        .property("GPU_CHECKPOINT", checkpoint)
        .property("GPU_OPPORTUNISTIC", "true")
        .gang(members)
        .register()
        .askToBorrow(members);
  }

  private static TestAm service() {
    return TestAm.on(yarn).queue("a").property("GPU_KIND", "inference").register();
  }

  /** Devices of containers on their nodes, one text each. */
  private static List<String> devices(Collection<Container> containers) {
    List<String> devices = new ArrayList<>();
    for (Container container : containers) {
      ImmutableSortedSet<Integer> indexes = DeviceTag.indexes(container.getAllocationTags());
      indexes.forEach(index -> devices.add(container.getNodeId() + " " + index));
    }
    return devices;
  }

  private static void awaitGone(TestAm borrower, TestAm service) {
    Eventually.await(
        Duration.ofSeconds(30),
        () -> "the borrower goes; it holds %s".formatted(borrower.held()),
        () -> {
          borrower.beat();
          service.beat();
          return borrower.held().isEmpty();
        });
  }

  @Test
  void aGangBorrowsWholeAndTheServiceGetsItsGpusBack() {
    TestAm borrower = borrower(5).awaitHeld(5);
    assertThat(borrower.deliveries()).containsExactly(5);
    assertThat(borrower.held())
        .allSatisfy(
            member -> assertThat(member.getExecutionType()).isEqualTo(ExecutionType.OPPORTUNISTIC));
    assertThat(devices(borrower.held())).hasSize(5).doesNotHaveDuplicates();
    borrower.startTrapping("exit 143");
    TestAm service = service().ask(2).awaitHeld(2);
    assertThat(borrower.beat()).as("free ones go first").isEmpty();
    assertThat(borrower.completed()).isEmpty();
    List<Container> all = new ArrayList<>(borrower.held());
    all.addAll(service.held());
    assertThat(devices(all)).hasSize(7).doesNotHaveDuplicates();

    service.ask(3);
    awaitGone(borrower, service);
    service.awaitHeld(5);
    assertThat(devices(service.held())).hasSize(5).doesNotHaveDuplicates();
    yarn.assertBooksAreExact();

    borrower.askToBorrow(5).awaitReason("NO_LOAN_NOW");
    assertThat(borrower.diagnostics()).contains("Tier: opportunistic.");
    service.finish();
    borrower.awaitHeld(5);
  }

  @Test
  void whoIgnoresTheRecallIsKilledAfterTheGrace() {
    TestAm borrower = borrower(5).awaitHeld(5);
    borrower.startTrapping("");
    TestAm service = service().ask(8);
    awaitGone(borrower, service);
    assertThat(borrower.completed())
        .hasSize(5)
        .extracting(ContainerStatus::getExitStatus)
        .containsOnly(ContainerExitStatus.PREEMPTED);
    service.awaitHeld(8);
    yarn.assertBooksAreExact();
  }

  @Test
  void whoMayBeKilledAtOnceBorrowsTheReserveTooAndGetsNoGrace() throws IOException {
    yarn.refreshQueues(ImmutableMap.of("yarn.scheduler.gpu.preemption.grace-ms", "600000"));
    TestAm borrower = borrower(7, "1s").awaitHeld(7);
    borrower.startTrapping("");
    TestAm service = service().ask(7);
    awaitGone(borrower, service);
    service.awaitHeld(7);
    yarn.assertBooksAreExact();
    yarn.refreshQueues(ImmutableMap.of("yarn.scheduler.gpu.preemption.grace-ms", "3000"));
  }

  /** Its node may not yet have said that it was launched; YARN would forget it at once. */
  @Test
  void whoMayBeKilledAtOnceIsNotKilledBeforeItsLaunchCanBeKnown() {
    TestAm borrower = borrower(7, "1s").awaitHeld(7);
    TestAm service = service().ask(1).awaitHeld(1);
    service.ask(7).receivesNothingFor(Duration.ofSeconds(2));
    awaitGone(borrower, service);
    service.awaitHeld(8);
    yarn.assertBooksAreExact();
  }

  @Test
  void loansOutliveARestartOfTheResourceManagerAndAreCalledBackAfterIt() {
    TestAm borrower = borrower(5).awaitHeld(5);
    borrower.startTrapping("exit 143");
    yarn.restartResourceManager();
    yarn.awaitNodes(2);
    TestAm service = service().ask(2).awaitHeld(2);
    borrower.beat();
    assertThat(borrower.held()).hasSize(5);
    List<Container> all = new ArrayList<>(borrower.held());
    all.addAll(service.held());
    assertThat(devices(all)).hasSize(7).doesNotHaveDuplicates();
    service.ask(4);
    awaitGone(borrower, service);
    service.awaitHeld(6);
  }

  @Test
  void theEndOfABorrowersApplicationMasterFreesItsGpus() {
    TestAm borrower = borrower(5).awaitHeld(5);
    borrower.start(borrower.held());
    yarn.endAll();
    service().ask(8).awaitHeld(8);
    yarn.assertBooksAreExact();
  }

  /** Queue b lets it have two members of its own. */
  private static TestAm elastic(String maximum) {
    return TestAm.on(yarn)
        .queue("b")
        .property("GPU_CHECKPOINT", "1m")
        .property("GPU_GANG_MAX", maximum)
        .gang(2)
        .register()
        .ask(Integer.parseInt(maximum));
  }

  private static long lent(TestAm gang) {
    return gang.held().stream()
        .filter(member -> member.getExecutionType() == ExecutionType.OPPORTUNISTIC)
        .count();
  }

  @Test
  void anElasticGangWidensOnLoanAndIsMadeNarrowerByTheRecallAlone() {
    TestAm gang = elastic("6").awaitHeld(6);
    assertThat(lent(gang)).isEqualTo(4);
    assertThat(devices(gang.held())).hasSize(6).doesNotHaveDuplicates();
    gang.startTrapping("");
    TestAm service = service().ask(5);
    Eventually.await(
        Duration.ofSeconds(30),
        () -> "three members go; it holds %s".formatted(gang.held()),
        () -> {
          gang.beat();
          service.beat();
          return gang.held().size() == 3;
        });
    service.awaitHeld(5);
    assertThat(lent(gang)).as("what goes is lent").isEqualTo(1);
    assertThat(gang.completed())
        .extracting(ContainerStatus::getExitStatus)
        .containsOnly(ContainerExitStatus.PREEMPTED);
    List<Container> all = new ArrayList<>(gang.held());
    all.addAll(service.held());
    assertThat(devices(all)).hasSize(8).doesNotHaveDuplicates();
    yarn.assertBooksAreExact();

    service.finish();
    gang.ask(3).awaitHeld(6);
    yarn.assertBooksAreExact();
  }

  @Test
  void surplusOnLoanOutlivesARestartOfTheResourceManager() {
    TestAm gang = elastic("5").awaitHeld(5);
    gang.startTrapping("");
    yarn.restartResourceManager();
    yarn.awaitNodes(2);
    TestAm service = service().ask(3).awaitHeld(3);
    gang.beat();
    assertThat(gang.held()).hasSize(5);
    service.ask(2);
    Eventually.await(
        Duration.ofSeconds(30),
        () -> "two members go; it holds %s".formatted(gang.held()),
        () -> {
          gang.beat();
          service.beat();
          return gang.held().size() == 3;
        });
    service.awaitHeld(5);
    assertThat(lent(gang)).isEqualTo(1);
  }

  @Test
  void whoInsistsOnGuaranteedContainersGetsNoneOnLoan() {
    elastic("5").askToOwn(5).awaitHeld(2).receivesNothingFor(Duration.ofSeconds(2));
    assertThat(yarn.books().usedGpus()).isEqualTo(2);
  }
}
