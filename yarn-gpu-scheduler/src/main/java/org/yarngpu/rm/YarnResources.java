package org.yarngpu.rm;

import java.util.Map;
import org.apache.hadoop.yarn.api.records.Resource;
import org.apache.hadoop.yarn.api.records.ResourceInformation;
import org.apache.hadoop.yarn.util.resource.ResourceUtils;
import org.yarngpu.model.Resources;

/** YARN's resource vectors in the words of the model. */
final class YarnResources {
  private YarnResources() {}

  static boolean gpusAreRegistered() {
    return ResourceUtils.getResourceTypeIndex().containsKey(ResourceInformation.GPU_URI);
  }

  /** Whole GPUs; 0 where the type is not registered. Negative values, after overcommit, are 0. */
  static int gpus(Resource resource) {
    Integer index = ResourceUtils.getResourceTypeIndex().get(ResourceInformation.GPU_URI);
    if (index == null || index >= resource.getResources().length) {
      return 0;
    }
    long value = resource.getResources()[index].getValue();
    return (int) Math.max(0, Math.min(Integer.MAX_VALUE, value));
  }

  static Resources of(Resource resource) {
    return new Resources(
        Math.max(0, resource.getMemorySize()),
        Math.max(0, resource.getVirtualCores()),
        gpus(resource));
  }

  /** The first resource type beside memory, vcores and GPUs that is asked for; empty if none. */
  static String otherType(Resource resource) {
    for (Map.Entry<String, Integer> type : ResourceUtils.getResourceTypeIndex().entrySet()) {
      boolean known =
          type.getKey().equals(ResourceInformation.MEMORY_URI)
              || type.getKey().equals(ResourceInformation.VCORES_URI)
              || type.getKey().equals(ResourceInformation.GPU_URI);
      if (!known
          && type.getValue() < resource.getResources().length
          && resource.getResources()[type.getValue()].getValue() > 0) {
        return type.getKey();
      }
    }
    return "";
  }
}
