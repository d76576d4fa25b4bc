package org.yarngpu.rm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerState;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.UpdatedContainerInfo;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerUtils;
import org.junit.jupiter.api.Test;

/** Containers with odd numbers are on loan. */
class LostLoansTest {
  private static final NodeId NODE = NodeId.newInstance("n1", 1);
  private static final NodeId OTHER = NodeId.newInstance("n2", 1);

  private final List<ContainerId> forgotten = new ArrayList<>();
  private final LostLoans loans =
      new LostLoans(
          (node, id) -> id.getContainerId() % 2 == 1,
          (node, containers) -> forgotten.addAll(containers));

  private static ContainerId id(long number) {
    return ContainerId.newContainerId(
        ApplicationAttemptId.newInstance(ApplicationId.newInstance(1, 1), 1), number);
  }

  private static ContainerStatus lost(long number) {
    return SchedulerUtils.createAbnormalContainerStatus(
        id(number), "Container %s was running but not reported from n1:1".formatted(id(number)));
  }

  private static ContainerStatus ended(long number) {
    return ContainerStatus.newInstance(id(number), ContainerState.COMPLETE, "", 7);
  }

  private static ContainerStatus runs(long number) {
    return ContainerStatus.newInstance(id(number), ContainerState.RUNNING, "", -1000);
  }

  private static UpdatedContainerInfo report(
      List<ContainerStatus> launched, List<ContainerStatus> completed) {
    return new UpdatedContainerInfo(launched, completed, List.of());
  }

  private List<ContainerStatus> ends(NodeId node, UpdatedContainerInfo... reports) {
    return loans.believed(node, List.of(reports)).stream()
        .flatMap(report -> report.getCompletedContainers().stream())
        .toList();
  }

  @Test
  void aLoanThatIsReportedAgainLivesAndIsNoNewOne() {
    assertThat(ends(NODE, report(List.of(), List.of(lost(1), lost(3), lost(2)))))
        .as("of other containers it is right")
        .containsExactly(lost(2));
    assertThat(forgotten)
        .as("their real end may come with the next report")
        .containsExactly(id(1), id(3));
    List<UpdatedContainerInfo> next =
        loans.believed(NODE, List.of(report(List.of(runs(1), runs(3), runs(5)), List.of())));
    assertThat(next).hasSize(1);
    assertThat(next.get(0).getNewlyLaunchedContainers()).containsExactly(runs(5));
    assertThat(next.get(0).getCompletedContainers()).isEmpty();
    assertThat(ends(NODE)).isEmpty();
    assertThat(forgotten).as("once").hasSize(2);
  }

  @Test
  void aLoanThatIsNotReportedAgainIsLostAtTheNextHeartbeat() {
    assertThat(ends(NODE, report(List.of(), List.of(lost(1))))).isEmpty();
    assertThat(ends(OTHER)).as("of another node").isEmpty();
    assertThat(loans.any()).isTrue();
    assertThat(ends(NODE)).containsExactly(lost(1));
    assertThat(loans.any()).isFalse();
    assertThat(ends(NODE)).isEmpty();
    assertThat(forgotten).as("in doubt, and not again").containsExactly(id(1));
  }

  @Test
  void anEndThatIsReportedCountsInPlaceOfTheLoss() {
    assertThat(ends(NODE, report(List.of(), List.of(lost(1))))).isEmpty();
    assertThat(ends(NODE, report(List.of(), List.of(ended(1))))).containsExactly(ended(1));
    assertThat(ends(NODE)).isEmpty();
  }

  @Test
  void severalReportsAtOnceAreReadInTheirOrder() {
    assertThat(
            ends(
                NODE,
                report(List.of(), List.of(lost(1), lost(3))),
                report(List.of(runs(1)), List.of(ended(3)))))
        .containsExactly(ended(3));
    assertThat(forgotten).containsExactly(id(1), id(3));
    assertThat(ends(NODE)).isEmpty();
  }

  @Test
  void whatHasNothingToDoWithLoansPassesUnchanged() {
    UpdatedContainerInfo report = report(List.of(runs(1), runs(2)), List.of(ended(3), lost(4)));
    List<UpdatedContainerInfo> believed = loans.believed(NODE, ImmutableList.of(report));
    assertThat(believed).hasSize(1);
    assertThat(believed.get(0).getNewlyLaunchedContainers()).containsExactly(runs(1), runs(2));
    assertThat(believed.get(0).getCompletedContainers()).containsExactly(ended(3), lost(4));
  }

  @Test
  void aFaultOfOurOwnLeavesTheReportAsItIs() {
    LostLoans faulty =
        new LostLoans(
            (node, id) -> {
              throw new IllegalStateException("a bug");
            },
            (node, containers) -> {});
    List<UpdatedContainerInfo> reported = List.of(report(List.of(), List.of(lost(1))));
    assertThat(faulty.believed(NODE, reported)).isSameAs(reported);
  }
}
