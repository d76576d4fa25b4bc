package org.yarngpu.appmaster.train;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.Collection;
import java.util.Comparator;
import org.apache.hadoop.yarn.api.records.Container;
import org.apache.hadoop.yarn.api.records.NodeId;

/**
 * Which member has which rank, and how it tells its framework. Members of one node are neighbours,
 * so that collective operations cross the network as seldom as they can.
 *
 * @param members containers by rank: by node, then by container id
 */
record RankTable(ImmutableList<Container> members) {

  private static final int PORT_MIN = 20_000;
  private static final int PORT_COUNT = 12_000;

  /** Spreads the ports of different applications; prime to the number of ports. */
  private static final long PORT_STRIDE = 7919;

  private static final Comparator<Container> BY_NODE =
      Comparator.comparing(Container::getNodeId).thenComparing(Container::getId);

  /** Ranks the members of a gang; the order in which they are given does not matter. */
  static RankTable of(Collection<Container> members) {
    checkArgument(!members.isEmpty(), "a gang has at least one member");
    return new RankTable(ImmutableList.sortedCopyOf(BY_NODE, members));
  }

  int size() {
    return members.size();
  }

  /** Number of nodes that members run on. */
  int nodes() {
    return nodeIds().size();
  }

  /**
   * Returns what a member must know about itself and the gang.
   *
   * @param rank of the member, in [0, size)
   * @param restarts how often the gang was started before
   */
  ImmutableMap<String, String> environment(int rank, int restarts) {
    NodeId node = members.get(rank).getNodeId();
    String worldSize = Integer.toString(size());
    String worldRank = Integer.toString(rank);
    String localSize = Long.toString(onNode(node, size()));
    String localRank = Long.toString(onNode(node, rank));
    String nodeRank = Integer.toString(nodeIds().headSet(node).size());
    return ImmutableMap.<String, String>builder()
        .put("RANK", worldRank)
        .put("WORLD_SIZE", worldSize)
        .put("LOCAL_RANK", localRank)
        .put("LOCAL_WORLD_SIZE", localSize)
        .put("NODE_RANK", nodeRank)
        .put("GROUP_RANK", nodeRank)
        .put("MASTER_ADDR", members.get(0).getNodeId().getHost())
        .put("MASTER_PORT", Integer.toString(port()))
        .put("OMPI_COMM_WORLD_RANK", worldRank)
        .put("OMPI_COMM_WORLD_SIZE", worldSize)
        .put("OMPI_COMM_WORLD_LOCAL_RANK", localRank)
        .put("HOROVOD_RANK", worldRank)
        .put("HOROVOD_SIZE", worldSize)
        .put("HOROVOD_LOCAL_RANK", localRank)
        .put("HOROVOD_LOCAL_SIZE", localSize)
        .put("HOROVOD_HOSTNAME", node.getHost())
        .put("TORCHELASTIC_RESTART_COUNT", Integer.toString(restarts))
        .build();
  }

  /**
   * The port where rank 0 listens, in [20000, 32000): below the range that Linux gives to outgoing
   * connections. It follows from the container of rank 0, so that a restarted gang does not meet
   * the port of the one before.
   */
  private int port() {
    long application = members.get(0).getId().getApplicationAttemptId().getApplicationId().getId();
    long container = members.get(0).getId().getContainerId();
    return PORT_MIN + (int) Math.floorMod(application * PORT_STRIDE + container, (long) PORT_COUNT);
  }

  /** Returns how many of the first members, up to the given rank, run on a node. */
  private long onNode(NodeId node, int rank) {
    return members.subList(0, rank).stream()
        .filter(member -> member.getNodeId().equals(node))
        .count();
  }

  private ImmutableSortedSet<NodeId> nodeIds() {
    return members.stream()
        .map(Container::getNodeId)
        .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder()));
  }
}
