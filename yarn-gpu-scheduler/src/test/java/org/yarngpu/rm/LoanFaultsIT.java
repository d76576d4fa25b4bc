package org.yarngpu.rm;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.NodeId;
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
 * What becomes of loans when things break. Queue a owns the GPUs of two nodes with four each, but
 * one, and lends five; b owns one.
 */
class LoanFaultsIT {
  private static final String COOL_DOWN = "yarn.scheduler.gpu.loan.cool-down-ms";
  private static final String GRACE = "yarn.scheduler.gpu.preemption.grace-ms";
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static LocalYarn yarn;

  @TempDir private Path folder;

  @BeforeAll
  static void start(@TempDir Path state) {
    yarn =
        LocalYarn.of(2, 4)
            .restartable(state)
            .with("root.a.capacity", "90")
            .with("root.b.capacity", "10")
            .with("root.b.maximum-capacity", "25")
            .with("yarn.scheduler.gpu.loan.queues", "root.a")
            .with(COOL_DOWN, "0")
            .with(GRACE, "3000")
            .with("yarn.nodemanager.opportunistic-containers-queue-policy", "BY_RESOURCES")
            .with("yarn.nodemanager.sleep-delay-before-sigkill.ms", "5000")
            .start();
  }

  @AfterAll
  static void stop() {
    yarn.close();
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    yarn.refreshQueues(ImmutableMap.of(COOL_DOWN, "0", GRACE, "3000"));
    yarn.endAll();
    yarn.awaitIdleNodes();
    yarn.awaitNodes(2);
  }

  private static TestAm borrower(int members) {
    return TestAm.on(yarn)
        .queue("b")
        .property("GPU_CHECKPOINT", "1m")
        .property("GPU_OPPORTUNISTIC", "true")
        .gang(members)
        .register()
        .askToBorrow(members)
        .awaitHeld(members);
  }

  private static TestAm service() {
    return TestAm.on(yarn).queue("a").property("GPU_KIND", "inference").register();
  }

  private static void assertNoDeviceTwice(TestAm... holders) {
    List<String> devices = new ArrayList<>();
    for (TestAm holder : holders) {
      for (Container container : holder.held()) {
        DeviceTag.indexes(container.getAllocationTags())
            .forEach(index -> devices.add(container.getNodeId() + " " + index));
      }
    }
    assertThat(devices).doesNotHaveDuplicates();
  }

  /** Beats for all until the borrower holds nothing. */
  private static void awaitGone(TestAm borrower, TestAm... others) {
    Eventually.await(
        LIMIT,
        () -> "the borrower goes; it holds %s".formatted(borrower.held()),
        () -> {
          borrower.beat();
          ImmutableList.copyOf(others).forEach(TestAm::beat);
          return borrower.held().isEmpty();
        });
  }

  /** Starts members that leave a mark when they are told to go, and stay. */
  private void startStubborn(TestAm borrower) {
    borrower.startTrapping("touch %s/$CONTAINER_ID".formatted(folder));
  }

  private void awaitTold(TestAm borrower, TestAm service) {
    Eventually.await(
        LIMIT,
        () -> "all members are told to go",
        () -> {
          service.beat();
          borrower.beat();
          return told() == borrower.held().size();
        });
  }

  /** A node of the borrower is lost; returns how many members it had. */
  private static int loseNode(TestAm borrower) {
    NodeId lost = borrower.held().get(0).getNodeId();
    int members = borrower.heldOn(lost);
    yarn.expire(lost);
    Eventually.await(
        LIMIT,
        () -> "%d members are lost; %s".formatted(members, borrower.completed()),
        () -> {
          borrower.beat();
          return borrower.completed().size() == members;
        });
    return members;
  }

  private int told() {
    return requireNonNull(folder.toFile().list()).length;
  }

  @Test
  void aLostNodeTakesItsLoansAlongAndTheRestIsCalledBackAsEver() {
    TestAm borrower = borrower(5);
    borrower.startTrapping("exit 143");
    int members = loseNode(borrower);
    assertThat(borrower.completed())
        .extracting(ContainerStatus::getExitStatus)
        .containsOnly(ContainerExitStatus.ABORTED);
    assertThat(borrower.held()).hasSize(5 - members);
    yarn.awaitNodes(2);
    TestAm service = service().ask(8);
    awaitGone(borrower, service);
    service.awaitHeld(8);
    assertNoDeviceTwice(service);
    yarn.assertBooksAreExact();
  }

  @Test
  void membersOfALostNodeAreBorrowedAgain() {
    TestAm borrower = borrower(5);
    borrower.startTrapping("exit 143");
    int members = loseNode(borrower);
    yarn.awaitNodes(2);
    borrower.askToBorrow(members).awaitHeld(5);
    assertNoDeviceTwice(borrower);
    yarn.assertBooksAreExact();
  }

  /** RMNodeImpl takes each opportunistic container for lost when any is missing from a report. */
  @Test
  void aContainerThatIsMissingFromAReportTakesNoLoanAlong(@TempDir Path signals)
      throws IOException {
    Path end = signals.resolve("end");
    TestAm borrower = borrower(5);
    borrower.start(
        borrower.held(),
        "touch %s/$CONTAINER_ID; while [ ! -e %s ]; do sleep 0.1; done; exit 7"
            .formatted(folder, end));
    Eventually.await(LIMIT, () -> "all members run", () -> told() == 5);
    TestAm service = service().ask(1).awaitHeld(1);
    service.startTrapping("exit 143");
    Container missing = service.held().get(0);
    assertThat(borrower.heldOn(missing.getNodeId())).isPositive();

    yarn.reportWithout(missing);
    Eventually.await(
        LIMIT,
        () -> "the missing one is believed lost",
        () -> {
          service.beat();
          return service.held().isEmpty();
        });
    Eventually.holdsFor(
        Duration.ofSeconds(2),
        () -> "all members on loan run; ended are " + borrower.completed(),
        () -> {
          borrower.beat();
          return borrower.held().size() == 5;
        });
    yarn.assertBooksAreExact();

    Files.createFile(end);
    awaitGone(borrower);
    assertThat(borrower.completed())
        .as("their own end is told")
        .extracting(ContainerStatus::getExitStatus)
        .containsOnly(7);
    yarn.assertBooksAreExact();
  }

  @Test
  void aRestartInMidRecallEndsInTheRecallAllTheSame() throws IOException {
    yarn.refreshQueues(ImmutableMap.of(GRACE, "10000"));
    TestAm borrower = borrower(5);
    startStubborn(borrower);
    TestAm service = service().ask(3).awaitHeld(3);
    service.start(service.held()).ask(5);
    awaitTold(borrower, service);
    yarn.restartResourceManager();
    yarn.awaitNodes(2);
    awaitGone(borrower, service);
    assertThat(borrower.completed())
        .extracting(ContainerStatus::getExitStatus)
        .containsOnly(ContainerExitStatus.PREEMPTED);
    service.awaitHeld(8);
    assertNoDeviceTwice(service);
    yarn.assertBooksAreExact();
  }

  @Test
  void twoServicesAtOnceGetTheirsByOneRecallOfEachBorrower() {
    TestAm first = borrower(2);
    TestAm second = borrower(3);
    first.startTrapping("exit 143");
    second.startTrapping("exit 143");
    TestAm chat = service();
    TestAm search = service();
    chat.ask(4);
    search.ask(4);
    awaitGone(first, second, chat, search);
    awaitGone(second, first, chat, search);
    Eventually.await(
        LIMIT,
        () -> "both services have theirs; %s and %s".formatted(chat.held(), search.held()),
        () -> {
          chat.beat();
          search.beat();
          return chat.held().size() == 4 && search.held().size() == 4;
        });
    assertNoDeviceTwice(chat, search);
    assertThat(first.completed()).hasSize(2);
    assertThat(second.completed()).hasSize(3);
    yarn.assertBooksAreExact();
  }

  @Test
  void aServiceThatFlapsCallsBackOnceInTheCoolDown() throws IOException {
    yarn.refreshQueues(ImmutableMap.of(COOL_DOWN, "600000"));
    TestAm borrower = borrower(5);
    borrower.startTrapping("exit 143");
    TestAm service = service().ask(8);
    awaitGone(borrower, service);
    service.awaitHeld(8);
    borrower.askToBorrow(5);
    for (int flap = 0; flap < 5; flap++) {
      service.releaseAll().beat();
      Eventually.await(
          LIMIT,
          () -> "the nodes rest; " + borrower.diagnostics(),
          () -> {
            service.beat();
            assertThat(borrower.beat()).isEmpty();
            return borrower.diagnostics().contains("loans were called back there");
          });
      service.ask(8).awaitHeld(8);
    }
    assertThat(borrower.completed()).hasSize(5);
  }

  @Test
  void anAskThatIsWithdrawnInMidRecallKillsNobody() {
    TestAm borrower = borrower(5);
    startStubborn(borrower);
    TestAm service = service().ask(8);
    awaitTold(borrower, service);
    service.ask(0).releaseAll().beat();
    Eventually.holdsFor(
        Duration.ofSeconds(5),
        () -> "nobody is killed; %s".formatted(borrower.completed()),
        () -> {
          service.beat();
          borrower.beat();
          return borrower.held().size() == 5;
        });
    yarn.assertBooksAreExact();
  }
}
