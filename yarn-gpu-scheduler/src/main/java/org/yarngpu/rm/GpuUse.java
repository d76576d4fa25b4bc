package org.yarngpu.rm;

import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.management.ObjectName;
import org.apache.hadoop.metrics2.util.MBeans;
import org.apache.hadoop.yarn.api.records.NodeAttribute;
import org.apache.hadoop.yarn.server.resourcemanager.rmcontainer.RMContainer;
import org.apache.hadoop.yarn.server.resourcemanager.scheduler.common.fica.FiCaSchedulerNode;
import org.jspecify.annotations.Nullable;
import org.yarngpu.job.DeviceTag;
import org.yarngpu.job.DeviceUse;

/** Joins what nodes tell of their devices with who has them; reckoned when somebody reads it. */
final class GpuUse implements GpuUseMXBean {
  private final GpuScheduler scheduler;
  private @Nullable ObjectName name;

  GpuUse(GpuScheduler scheduler) {
    this.scheduler = scheduler;
  }

  void register() {
    name = MBeans.register("ResourceManager", "GpuUse", this);
  }

  void unregister() {
    if (name != null) {
      MBeans.unregister(name);
    }
  }

  @Override
  public Map<String, Long> getPercentByApplication() {
    Map<String, List<Integer>> known = new TreeMap<>();
    for (FiCaSchedulerNode node : scheduler.getNodeTracker().getAllNodes()) {
      ImmutableSortedMap<Integer, Integer> percents = percents(node);
      if (percents.isEmpty()) {
        continue;
      }
      for (RMContainer container : node.getCopiedListOfRunningContainers()) {
        Set<String> tags = container.getAllocationTags();
        if (tags != null && YarnResources.gpus(container.getAllocatedResource()) > 0) {
          String application = container.getApplicationAttemptId().getApplicationId().toString();
          for (int device : DeviceTag.indexes(tags)) {
            Integer percent = percents.get(device);
            if (percent != null) {
              known.computeIfAbsent(application, id -> new ArrayList<>()).add(percent);
            }
          }
        }
      }
    }
    return means(known);
  }

  @Override
  public Map<String, Long> getPercentByNode() {
    Map<String, List<Integer>> known = new TreeMap<>();
    for (FiCaSchedulerNode node : scheduler.getNodeTracker().getAllNodes()) {
      ImmutableSortedMap<Integer, Integer> percents = percents(node);
      if (!percents.isEmpty()) {
        known.put(node.getNodeID().toString(), percents.values().asList());
      }
    }
    return means(known);
  }

  private static ImmutableSortedMap<Integer, Integer> percents(FiCaSchedulerNode node) {
    Set<NodeAttribute> attributes = NodeInventory.attributes(node);
    if (attributes != null) {
      for (NodeAttribute attribute : attributes) {
        if (attribute.getAttributeKey().getAttributeName().equals(DeviceUse.ATTRIBUTE)
            && attribute.getAttributeValue() != null) {
          return DeviceUse.percents(attribute.getAttributeValue());
        }
      }
    }
    return ImmutableSortedMap.of();
  }

  private static Map<String, Long> means(Map<String, List<Integer>> percents) {
    Map<String, Long> means = new TreeMap<>();
    percents.forEach(
        (whose, values) ->
            means.put(
                whose,
                Math.round(values.stream().mapToInt(Integer::intValue).average().orElseThrow())));
    return means;
  }
}
