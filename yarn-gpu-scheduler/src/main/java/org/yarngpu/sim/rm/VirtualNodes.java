package org.yarngpu.sim.rm;

import static com.google.common.base.Preconditions.checkState;
import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.NodeAddedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.NodeRemovedSchedulerEvent;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.event.NodeUpdateSchedulerEvent;
import org.yarngpu.sim.Inventory;
import org.yarngpu.sim.NodeSpec;

/** The NodeManagers, in the order of their names. */
final class VirtualNodes {
  /** What a scheduler sees of a node that nobody has reserved. */
  private record Room(int installedGpus, int freeGpus) {}

  private final VirtualRm rm;
  private final List<VirtualNode> nodes = new ArrayList<>();
  private final Map<NodeId, VirtualNode> byId = new HashMap<>();

  /** With news, by index. */
  private final TreeMap<Integer, VirtualNode> withNews = new TreeMap<>();

  /** Index of the node whose turn it is: nodes beat in a circle. */
  private int turn;

  VirtualNodes(Inventory inventory, VirtualRm rm) {
    this.rm = rm;
    List<NodeSpec> specs = new ArrayList<>(inventory.nodes());
    specs.sort(Comparator.comparing(NodeSpec::name));
    for (NodeSpec spec : specs) {
      VirtualNode node = new VirtualNode(spec, nodes.size(), rm.context());
      nodes.add(node);
      byId.put(node.id(), node);
      join(node);
    }
  }

  List<VirtualNode> all() {
    return nodes;
  }

  VirtualNode get(NodeId id) {
    return requireNonNull(byId.get(id), "no such node");
  }

  void join(VirtualNode node) {
    rm.context().getInactiveRMNodes().remove(node.id());
    rm.context().getRMNodes().put(node.id(), node.face());
    rm.handle(new NodeAddedSchedulerEvent(node.face()));
    node.joins(rm.scheduler().getSchedulerNode(node.id()));
  }

  /** Removes a node; returns the applications that had containers there. */
  List<VirtualApp> lose(VirtualNode node) {
    withNews.remove(node.index());
    List<VirtualApp> hit = node.leaves();
    rm.handle(new NodeRemovedSchedulerEvent(node.face()));
    rm.context().getRMNodes().remove(node.id());
    rm.context().getInactiveRMNodes().put(node.id(), node.face());
    return hit;
  }

  /** A container ends; its node will say so in a heartbeat. */
  void complete(NodeId id, ContainerId container, int exitStatus) {
    VirtualNode node = get(id);
    node.complete(container, exitStatus);
    if (node.hasNews()) {
      withNews.put(node.index(), node);
    }
  }

  /** The scheduler wants a container ended. */
  void clean(NodeId id, ContainerId container) {
    complete(id, container, ContainerExitStatus.KILLED_BY_RESOURCEMANAGER);
  }

  boolean haveNews() {
    return !withNews.isEmpty();
  }

  /** Those with news beat, in order. */
  void beatWithNews() {
    while (!withNews.isEmpty()) {
      beat(withNews.pollFirstEntry().getValue());
    }
  }

  /**
   * Nodes beat in turn, each at most once, as long as there is demand: for an application master
   * any node, for a member those with as many free GPUs as the smallest of them needs, or with a
   * reservation that may be dropped.
   *
   * <p>Only GPUs tell nodes apart. Once one has beaten in vain, those like it would do so too, and
   * are left out until something changes; but not those that are reserved, since they differ in who
   * has reserved them and schedulers count how often they beat.
   */
  void beatWithRoom(Demand demand) {
    Set<Room> inVain = new HashSet<>();
    for (int beaten = 0; beaten < nodes.size() && placedByBeats(demand); beaten++) {
      VirtualNode node = nodes.get(turn);
      turn = (turn + 1) % nodes.size();
      boolean mayHelp =
          demand.masters() > 0
              || node.freeGpus() >= demand.smallestMemberGpus()
              || node.isReserved();
      if (!node.isUp() || !mayHelp) {
        continue;
      }
      if (node.isReserved()) {
        beat(node);
        inVain.clear();
      } else if (inVain.add(new Room(node.installedGpus(), node.freeGpus()))) {
        int unplaced = demand.masters() + demand.members();
        beat(node);
        if (node.isReserved() || demand.masters() + demand.members() != unplaced) {
          inVain.clear();
        }
      }
    }
  }

  private boolean placedByBeats(Demand demand) {
    return demand.masters() > 0 || (demand.members() > 0 && !rm.plans());
  }

  private void beat(VirtualNode node) {
    rm.handle(new NodeUpdateSchedulerEvent(node.face()));
  }

  /**
   * Checks that the scheduler's books agree with what applications hold.
   *
   * @param heldByIndex GPUs held on each node
   * @throws IllegalStateException if they do not
   */
  void checkBooks(int[] heldByIndex) {
    for (VirtualNode node : nodes) {
      int installed = node.isUp() ? node.spec().gpus() : 0;
      checkState(
          node.installedGpus() == installed
              && node.freeGpus() + heldByIndex[node.index()] == installed,
          "node %s has %s GPUs, of which %s are held and %s free by the scheduler's books",
          node.spec().name(),
          installed,
          heldByIndex[node.index()],
          node.freeGpus());
    }
  }
}
