package org.yarngpu.sim.rm;

import static com.google.common.base.Preconditions.checkState;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.net.NodeBase;
import org.apache.hadoop.yarn.api.records.ContainerExitStatus;
import org.apache.hadoop.yarn.api.records.ContainerId;
import org.apache.hadoop.yarn.api.records.ContainerState;
import org.apache.hadoop.yarn.api.records.ContainerStatus;
import org.apache.hadoop.yarn.api.records.NodeId;
import org.apache.hadoop.yarn.api.records.NodeState;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.RMNode;
import org.apache.hadoop.yarn.server.resourcemanager.rmnode.UpdatedContainerInfo;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerNode;
import org.jspecify.annotations.Nullable;
import org.yarngpu.sim.NodeSpec;

/** A NodeManager: the containers that it runs, and what its next heartbeat will report. */
final class VirtualNode {
  private static final int PORT = 8041;

  private final NodeSpec spec;
  private final int index;
  private final NodeId id;
  private final RMNode face;
  private final Map<ContainerId, VirtualApp> running = new LinkedHashMap<>();
  private final List<ContainerStatus> launched = new ArrayList<>();
  private final List<ContainerStatus> completed = new ArrayList<>();

  /** The scheduler's own books of it; null while it is away. */
  private @Nullable SchedulerNode books;

  VirtualNode(NodeSpec spec, int index, RMContext context) {
    this.spec = spec;
    this.index = index;
    this.id = NodeId.newInstance(host(index), PORT);
    Resource capability = Resource.newInstance(VirtualRm.NODE_MEMORY_MIB, VirtualRm.NODE_VCORES);
    capability.setResourceValue(ResourceInformation.GPU_URI, spec.gpus());
    this.face =
        new StandIn(spec.name())
            .with("getNodeID", id)
            .with("getHostName", id.getHost())
            .with("getNodeAddress", id.toString())
            .with("getHttpAddress", id.getHost() + ":8042")
            .with("getRackName", spec.rack())
            .with("getNode", new NodeBase(id.getHost(), spec.rack()))
            .with("getTotalCapability", capability)
            .with("getRMContext", context)
            .with("getState", arguments -> books == null ? NodeState.LOST : NodeState.RUNNING)
            .with("pullContainerUpdates", arguments -> pullUpdates())
            .as(RMNode.class);
  }

  /**
   * An address, since container tokens need hosts that resolve; all of equal length, so that nodes
   * sorted by address are sorted by index.
   */
  private static String host(int index) {
    int base = 150;
    checkState(index < base * base * base, "too many nodes");
    return "10.%d.%d.%d"
        .formatted(100 + index / base / base, 100 + index / base % base, 100 + index % base);
  }

  NodeSpec spec() {
    return spec;
  }

  int index() {
    return index;
  }

  NodeId id() {
    return id;
  }

  /** As the ResourceManager knows it. */
  RMNode face() {
    return face;
  }

  boolean isUp() {
    return books != null;
  }

  void joins(SchedulerNode schedulerNode) {
    books = schedulerNode;
  }

  /** Away, with all its containers; returns whose they were. */
  List<VirtualApp> leaves() {
    books = null;
    List<VirtualApp> hit = running.values().stream().distinct().toList();
    running.clear();
    launched.clear();
    completed.clear();
    return hit;
  }

  void launch(ContainerId container, VirtualApp app) {
    running.put(container, app);
    launched.add(status(container, ContainerState.RUNNING, ContainerExitStatus.SUCCESS));
  }

  /** Ends a container, if it still runs; the next heartbeat says so. */
  void complete(ContainerId container, int exitStatus) {
    if (running.remove(container) != null) {
      completed.add(status(container, ContainerState.COMPLETE, exitStatus));
    }
  }

  /** Whether something has ended that no heartbeat has reported. */
  boolean hasNews() {
    return !completed.isEmpty();
  }

  /** GPUs that the scheduler counts as free; 0 while the node is away. */
  int freeGpus() {
    return books == null ? 0 : gpus(books.getUnallocatedResource());
  }

  /** GPUs that the scheduler counts as there; 0 while the node is away. */
  int installedGpus() {
    return books == null ? 0 : gpus(books.getTotalResource());
  }

  /** Whether an application has reserved it. */
  boolean isReserved() {
    return books != null && books.getReservedContainer() != null;
  }

  private static int gpus(Resource resource) {
    return (int) resource.getResourceValue(ResourceInformation.GPU_URI);
  }

  private List<UpdatedContainerInfo> pullUpdates() {
    if (launched.isEmpty() && completed.isEmpty()) {
      return List.of();
    }
    UpdatedContainerInfo updates =
        new UpdatedContainerInfo(List.copyOf(launched), List.copyOf(completed), List.of());
    launched.clear();
    completed.clear();
    return List.of(updates);
  }

  private static ContainerStatus status(
      ContainerId container, ContainerState state, int exitStatus) {
    return ContainerStatus.newInstance(container, state, "", exitStatus);
  }
}
