package org.yarngpu.rm;

import java.util.Set;
import org.apache.hadoop.yarn.api.records.NodeAttribute;
import org.jspecify.annotations.Nullable;
import org.yarngpu.model.GpuModels;

/**
 * The GPU model of a node: the value of a node attribute, else its node label, else unknown.
 *
 * @param attribute name of the attribute; what an admin mapped ({@code rm.yarn.io/}) goes before
 *     what the node says of itself ({@code nm.yarn.io/})
 */
record NodeModels(String attribute) {

  String of(@Nullable Set<NodeAttribute> attributes, String partition) {
    String model = "";
    if (attributes != null) {
      for (NodeAttribute candidate : attributes) {
        String value = candidate.getAttributeValue();
        boolean byAdmin =
            NodeAttribute.PREFIX_CENTRALIZED.equals(
                candidate.getAttributeKey().getAttributePrefix());
        if (candidate.getAttributeKey().getAttributeName().equals(attribute)
            && value != null
            && (model.isEmpty() || byAdmin)) {
          model = value;
        }
      }
    }
    return GpuModels.normalised(model.isBlank() ? partition : model);
  }
}
