package org.yarngpu.sim.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.yarngpu.sim.ServiceConditions;
import org.yarngpu.sim.scale.ScaleReport;
import org.yarngpu.sim.scale.ScaleReport.Score;

/** What scaling policies made of a load, for people and for programs. */
public final class ScaleTable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ScaleTable() {}

  /** The conditions, a line a policy, and what the columns mean. */
  public static String text(ScaleReport report) {
    ServiceConditions service = report.conditions();
    TextTable table = new TextTable();
    table.add("policy", "violations", "mean replicas", "scale actions/day");
    for (Score score : report.policies()) {
      table.add(
          score.name(),
          "%.3f %%".formatted(100 * score.violations()),
          "%.1f".formatted(score.meanReplicas()),
          "%.0f".formatted(score.actionsPerDay()));
    }
    return """
        %s: learned from %.2f days, judged on the %.2f after them
        %s requests/s a replica, waits of up to %s ms, %s s until a replica serves, %d to %d replicas

        %s
        violations: requests that waited longer. mean replicas: over time, those that start included.
        """
        .formatted(
            report.load(),
            report.learnedDays(),
            report.judgedDays(),
            number(service.serviceRate()),
            number(service.objectiveMs()),
            number(service.startDelayMs() / 1000.0),
            service.bounds().min(),
            service.bounds().max(),
            table);
  }

  private static String number(double value) {
    return value == Math.rint(value) ? "%.0f".formatted(value) : Double.toString(value);
  }

  /** The same as one JSON object, its keys in a fixed order. */
  public static String json(ScaleReport report) {
    ObjectNode document = JSON.createObjectNode();
    document.putArray("policies");
    for (Score score : report.policies()) {
      ObjectNode object = document.withArray("policies").addObject();
      object.put("name", score.name());
      object.put("violations", score.violations());
      object.put("mean_replicas", score.meanReplicas());
      object.put("scale_actions_per_day", score.actionsPerDay());
    }
    return document.toPrettyString();
  }
}
