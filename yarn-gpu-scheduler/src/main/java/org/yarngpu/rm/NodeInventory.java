package org.yarngpu.rm;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.yarn.api.records.NodeAttribute;
import org.apache.hadoop.yarn.api.records.NodeState;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerNode;
import org.yarngpu.model.Node;
import org.yarngpu.model.NodeId;

/** The nodes with GPUs, with those that are absent and may come back. */
final class NodeInventory {
  private static final ImmutableSortedSet<NodeState> KNOWN_BUT_ABSENT =
      ImmutableSortedSet.of(
          NodeState.NEW,
          NodeState.LOST,
          NodeState.UNHEALTHY,
          NodeState.REBOOTED,
          NodeState.DECOMMISSIONING);

  private final GpuScheduler scheduler;

  /** Whether a host's name resolves: a member elsewhere would drop out of its gang on the wire. */
  private final ConcurrentHashMap<String, Boolean> resolvable = new ConcurrentHashMap<>();

  NodeInventory(GpuScheduler scheduler) {
    this.scheduler = scheduler;
  }

  /** Looks up hosts that are new; without any lock, since it may take long. */
  void resolveHosts() {
    Set<String> hosts = new HashSet<>();
    for (FiCaSchedulerNode node : scheduler.getNodeTracker().getAllNodes()) {
      hosts.add(node.getNodeID().getHost());
    }
    resolvable.keySet().retainAll(hosts);
    for (String host : hosts) {
      resolvable.computeIfAbsent(host, name -> !new InetSocketAddress(name, 0).isUnresolved());
    }
  }

  ImmutableSortedMap<NodeId, Node> nodes() {
    Map<NodeId, Node> nodes = new TreeMap<>();
    RMContext context = scheduler.getRMContext();
    boolean mayHaveLent = scheduler.mayHaveLent();
    NodeModels models = new NodeModels(scheduler.settings().modelAttribute());
    addAbsent(nodes, context.getRMNodes().values(), models);
    addAbsent(nodes, context.getInactiveRMNodes().values(), models);
    for (FiCaSchedulerNode node : scheduler.getNodeTracker().getAllNodes()) {
      NodeId id = new NodeId(node.getNodeID().toString());
      org.yarngpu.model.Resources total = YarnResources.of(node.getTotalResource());
      if (total.gpus() == 0) {
        nodes.remove(id);
        continue;
      }
      org.yarngpu.model.Resources unallocated = YarnResources.of(node.getUnallocatedResource());
      if (mayHaveLent) {
        unallocated = unallocated.minusAtMost(YarnResources.of(Lent.on(node)));
      }
      boolean open =
          node.getRMNode().getState() == NodeState.RUNNING
              && node.getReservedContainer() == null
              && resolvable.getOrDefault(node.getNodeID().getHost(), false);
      nodes.put(
          id,
          new Node(
              id,
              node.getNodeName(),
              node.getRackName(),
              node.getPartition(),
              models.of(attributes(node), node.getPartition()),
              total,
              total.minusAtMost(total.minusAtMost(unallocated)),
              open));
    }
    return ImmutableSortedMap.copyOf(nodes);
  }

  /** YARN tells its scheduler nothing where node names include ports; its manager knows. */
  static Set<NodeAttribute> attributes(FiCaSchedulerNode node) {
    Set<NodeAttribute> told = node.getNodeAttributes();
    return told == null || told.isEmpty() ? node.getRMNode().getAllNodeAttributes() : told;
  }

  /** Adds nodes that may come back, so that nothing is refused for good while they are away. */
  private static void addAbsent(
      Map<NodeId, Node> nodes, Collection<RMNode> absent, NodeModels models) {
    for (RMNode node : absent) {
      Resource capability = node.getTotalCapability();
      if (KNOWN_BUT_ABSENT.contains(node.getState())
          && capability != null
          && YarnResources.gpus(capability) > 0) {
        NodeId id = new NodeId(node.getNodeID().toString());
        Set<String> labels = node.getNodeLabels();
        String partition = labels == null || labels.isEmpty() ? "" : labels.iterator().next();
        nodes.put(
            id,
            new Node(
                id,
                node.getHostName(),
                node.getRackName(),
                partition,
                models.of(node.getAllNodeAttributes(), partition),
                YarnResources.of(capability),
                org.yarngpu.model.Resources.NONE,
                false));
      }
    }
  }
}
