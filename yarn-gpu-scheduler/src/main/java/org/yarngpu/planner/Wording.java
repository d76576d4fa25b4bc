package org.yarngpu.planner;

import java.util.List;
import org.yarngpu.model.Gang;
import org.yarngpu.model.Resources;

/** The phrases that rejections share. */
final class Wording {
  private Wording() {}

  static String of(Resources size) {
    StringBuilder text = new StringBuilder(gpus(size.gpus()));
    if (size.memoryMib() > 0) {
      text.append(", ").append(size.memoryMib()).append(" MiB");
    }
    if (size.vcores() > 0) {
      text.append(", ").append(size.vcores()).append(size.vcores() == 1 ? " vcore" : " vcores");
    }
    return text.toString();
  }

  static String gpus(int count) {
    return count == 1 ? "1 GPU" : count + " GPUs";
  }

  static String members(Gang gang) {
    return gang.minimum() == 1 ? "a member" : "a gang of " + gang.minimum();
  }

  static String under(String partition) {
    return partition.isEmpty() ? " in the default partition" : " under label " + partition;
  }

  /** Behind nodes; nothing if the models do not matter. */
  static String ofModels(List<String> models) {
    return models.isEmpty() ? "" : " of model " + String.join(" or ", models);
  }

  static String largest(int members, Gang gang) {
    return gang.minimumAsks().size() == 1
        ? "the largest gang of such members that would fit has " + members
        : "of its first role alone " + members + " would fit";
  }
}
