package org.yarngpu.appmaster.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.apache.hadoop.yarn.api.records.ApplicationAttemptId;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.Priority;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.Token;
import org.junit.jupiter.api.Test;

class RankTableTest {

  private static final List<Container> SCATTERED =
      ImmutableList.of(member(5, "b"), member(3, "a"), member(4, "b"), member(2, "c"));

  @Test
  void membersOfANodeAreNeighbours() {
    assertThat(RankTable.of(SCATTERED).members())
        .extracting(member -> member.getNodeId().getHost() + member.getId().getContainerId())
        .containsExactly("a3", "b4", "b5", "c2");
  }

  @Test
  void ranksDoNotDependOnTheOrderOfDelivery() {
    assertThat(RankTable.of(SCATTERED))
        .isEqualTo(RankTable.of(ImmutableList.copyOf(SCATTERED).reverse()));
  }

  @Test
  void aMemberKnowsItsPlaceInTheGangAndOnItsNode() {
    RankTable table = RankTable.of(SCATTERED);
    assertThat(table.nodes()).isEqualTo(3);
    assertThat(table.environment(2, 1))
        .containsEntry("RANK", "2")
        .containsEntry("WORLD_SIZE", "4")
        .containsEntry("LOCAL_RANK", "1")
        .containsEntry("LOCAL_WORLD_SIZE", "2")
        .containsEntry("NODE_RANK", "1")
        .containsEntry("GROUP_RANK", "1")
        .containsEntry("MASTER_ADDR", "a")
        .containsEntry("OMPI_COMM_WORLD_RANK", "2")
        .containsEntry("OMPI_COMM_WORLD_SIZE", "4")
        .containsEntry("OMPI_COMM_WORLD_LOCAL_RANK", "1")
        .containsEntry("HOROVOD_RANK", "2")
        .containsEntry("HOROVOD_SIZE", "4")
        .containsEntry("HOROVOD_LOCAL_RANK", "1")
        .containsEntry("HOROVOD_LOCAL_SIZE", "2")
        .containsEntry("HOROVOD_HOSTNAME", "b")
        .containsEntry("TORCHELASTIC_RESTART_COUNT", "1");
  }

  @Test
  void allMembersMeetAtOnePortInRange() {
    RankTable table = RankTable.of(SCATTERED);
    assertThat(ImmutableList.of(0, 1, 2, 3))
        .extracting(rank -> port(table, rank))
        .containsOnly(port(table, 0));
    assertThat(port(table, 0)).isBetween(20_000, 31_999);
  }

  @Test
  void aRestartedGangMeetsAtAnotherPort() {
    RankTable next = RankTable.of(ImmutableList.of(member(6, "a"), member(7, "b")));
    assertThat(port(next, 0)).isNotEqualTo(port(RankTable.of(SCATTERED), 0));
  }

  private static int port(RankTable table, int rank) {
    return Integer.parseInt(table.environment(rank, 0).getOrDefault("MASTER_PORT", "none"));
  }

  private static Container member(long id, String host) {
    ApplicationAttemptId attempt =
        ApplicationAttemptId.newInstance(ApplicationId.newInstance(1_700_000_000_000L, 12), 1);
    return Container.newInstance(
        ContainerId.newContainerId(attempt, id),
        NodeId.newInstance(host, 45454),
        host + ":8042",
        Resource.newInstance(1024, 1),
        Priority.newInstance(1),
        Token.newInstance(new byte[0], "", new byte[0], ""));
  }
}
