package org.yarngpu.rm;

import java.util.Optional;
import org.apache.hadoop.yarn.api.records.ResourceRequest;
import org.apache.hadoop.yarn.server.resourcemanager.RMContext;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.AppSchedulingInfo;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.SchedulerNode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.activities.DiagnosticsCollector;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.capacity.SchedulingMode;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.placement.LocalityAppPlacementAllocator;
import org.apache.hadoop.yarn.server.scheduler.SchedulerRequestKey;
import org.jspecify.annotations.Nullable;

/**
 * Stands between an application's asks and the stock path, which asks it before it allocates or
 * reserves. Made by YARN, by class name.
 */
public final class VetoPlacementAllocator<N extends SchedulerNode>
    extends LocalityAppPlacementAllocator<N> {
  private @Nullable GpuScheduler scheduler;
  private @Nullable GangState gang;

  @Override
  public void initialize(AppSchedulingInfo info, SchedulerRequestKey key, RMContext context) {
    super.initialize(info, key, context);
    if (context.getScheduler() instanceof GpuScheduler gpuScheduler) {
      scheduler = gpuScheduler;
      gang = gpuScheduler.gangs().gang(info.getApplicationAttemptId());
    }
  }

  @Override
  public boolean precheckNode(
      SchedulerNode node, SchedulingMode mode, Optional<DiagnosticsCollector> diagnostics) {
    if (!super.precheckNode(node, mode, diagnostics)) {
      return false;
    }
    ResourceRequest ask = getResourceRequests().get(ResourceRequest.ANY);
    if (scheduler == null || ask == null) {
      return true;
    }
    boolean may = scheduler.veto().stockMayUse(gang, YarnResources.of(ask.getCapability()), node);
    if (!may) {
      diagnostics.ifPresent(
          collector ->
              collector.collect("Left to the GPU planner", "see the application's diagnostics"));
    }
    return may;
  }
}
