package org.yarngpu.nm;

import com.google.common.collect.ImmutableSortedMap;
import java.util.HashSet;
import java.util.Set;
import org.apache.hadoop.yarn.api.records.NodeAttribute;
import org.apache.hadoop.yarn.api.records.NodeAttributeType;
import org.apache.hadoop.yarn.server.nodemanager.nodelabels.ConfigurationNodeAttributesProvider;
import org.yarngpu.job.DeviceUse;

/**
 * Tells the ResourceManager with the node's heartbeats how busy its devices are: {@code
 * yarn.nodemanager.node-attributes.provider}. Attributes of the configuration stay as they are.
 *
 * <p>No other field of a heartbeat reaches the ResourceManager that a node can fill by
 * configuration alone.
 */
public final class GpuUseAttributes extends ConfigurationNodeAttributesProvider {

  /** YARN makes this and the executor by their class names, and neither knows of the other. */
  private static volatile String use = "";

  /** Notes the last reading; empty if it failed. */
  static void seen(ImmutableSortedMap<Integer, Long> percents) {
    use = DeviceUse.text(percents);
  }

  @Override
  public void setDescriptors(Set<NodeAttribute> configured) {
    Set<NodeAttribute> attributes = new HashSet<>(configured);
    String value = use;
    if (!value.isEmpty()) {
      attributes.add(
          NodeAttribute.newInstance(
              NodeAttribute.PREFIX_DISTRIBUTED,
              DeviceUse.ATTRIBUTE,
              NodeAttributeType.STRING,
              value));
    }
    super.setDescriptors(attributes);
  }
}
